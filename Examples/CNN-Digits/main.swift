// Handwritten digits, packed into compressed shards, streamed by two worker processes into a small convolutional net.

import Foundation
import Leat
import LeatDatasets

// A worker process is this program started again: here it becomes one, and never comes back.
await WorkerProcess.serveIfRequested(ShardDataset.self)

let accuracy = await exitOnError {
    try await withTemporaryFolder("leat-digits") { folder in
        let digits = try Digits.load()
        for (name, part) in [("train", digits.train), ("test", digits.test)] {
            try ShardWriter.write(["x": part.images, "y": part.labels], to: "\(folder)/\(name)", sizeLimit: 32 << 10)
        }
        let train = try ShardDataset("\(folder)/train", batchSize: 32, shuffle: .shards, seed: 1)
        let test = try ShardDataset("\(folder)/test", batchSize: 60)
        print(
            "\(train.sampleCount) digits to train on in \(train.index.shards.count) shards, \(test.sampleCount) to test on.\n"
        )

        var model = Sequential(seed: 1)
        model.add(Rescaling(1 / Double(digits.pixelMaximum), inputShape: [8, 8, 1]))
        model.add(Conv2D(32, 3, padding: .same, activation: .relu))
        model.add(Conv2D(64, 3, activation: .relu))
        model.add(MaxPooling2D(poolSize: 2))
        model.add(Dropout(0.25))
        model.add(Flatten())
        model.add(Dense(128, activation: .relu))
        model.add(Dropout(0.5))
        model.add(Dense(10, activation: .softmax))
        try model.summary()

        let trainer = try model.compile(
            optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"])
        try await trainer.fitGenerator(
            train, epochs: 12, validationData: .source(test), workers: 2, useMultiprocessing: true,
            shuffle: false)  // the shards are shuffled already

        let score = try await trainer.evaluateGenerator(test, workers: 2, useMultiprocessing: true)
        let predictions = try await trainer.predictGenerator(test, workers: 2, useMultiprocessing: true)

        let said = try (0..<4).map { row in
            let p = try predictions[row].elements(as: Float.self)
            return p.indices.max { p[$0] < p[$1] } ?? 0
        }
        let truth = try digits.test.labels.elements(as: UInt8.self)
        print(
            "\n"
                + (try pictures(
                    of: digits.test.images[0..<4], captions: said.enumerated().map { "says \($1), is \(truth[$0])" },
                    maximum: digits.pixelMaximum)))
        return score["accuracy"] ?? 0
    }
}

print("\nTest accuracy \(String(format: "%.4f", accuracy)).")
exit(accuracy >= 0.97 ? 0 : 1)
