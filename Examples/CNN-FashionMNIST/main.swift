// Fashion-MNIST, from its original files, packed into shards and streamed by two worker processes into a CNN.
//
//     swift run -c release CNN-FashionMNIST [FOLDER]

import Foundation
import Leat
import LeatDatasets

await WorkerProcess.serveIfRequested(ShardDataset.self)

let accuracy = await exitOnError {
    try await withTemporaryFolder("leat-fashion") { folder in
        let fashion = try FashionMNIST.load(from: CommandLine.arguments.dropFirst().first ?? FashionMNIST.defaultFolder)
        for (name, part) in [("train", fashion.train), ("test", fashion.test)] {
            try ShardWriter.write(["x": part.images, "y": part.labels], to: "\(folder)/\(name)", sizeLimit: 8 << 20)
        }
        let train = try ShardDataset("\(folder)/train", batchSize: 128, shuffle: .shards, seed: 1)
        let test = try ShardDataset("\(folder)/test", batchSize: 250)

        let model = Sequential(seed: 1) {
            Rescaling(1 / 255, inputShape: [28, 28, 1])
            Conv2D(32, 3, activation: .relu)
            Conv2D(64, 3, activation: .relu)
            MaxPooling2D(poolSize: 2)
            Dropout(0.25)
            Flatten()
            Dense(128, activation: .relu)
            Dropout(0.5)
            Dense(10, activation: .softmax)
        }
        try model.summary()

        let trainer = try model.compile(optimizer: "adam", loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        try await trainer.fitGenerator(
            train, epochs: 4, validationData: .source(test), workers: 2, useMultiprocessing: true,
            shuffle: false)  // the shards are shuffled already

        let score = try await trainer.evaluateGenerator(test, workers: 2, useMultiprocessing: true)
        let predictions = try await trainer.predictGenerator(test, steps: 1)
        let said = try (0..<4).map { row in
            let p = try predictions[row].elements(as: Float.self)
            return fashion.classNames[p.indices.max { p[$0] < p[$1] } ?? 0]
        }
        print("\n" + (try pictures(of: fashion.test.images[0..<4], captions: said, maximum: fashion.pixelMaximum)))
        return score["accuracy"] ?? 0
    }
}

print("\nTest accuracy \(String(format: "%.4f", accuracy)).")
exit(accuracy >= 0.9 ? 0 : 1)
