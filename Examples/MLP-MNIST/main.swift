// MNIST, from its original files in memory, into a multilayer perceptron: Keras' classic first example.
//
//     swift run -c release MLP-MNIST FOLDER

import Foundation
import Leat
import LeatDatasets

guard let folder = CommandLine.arguments.dropFirst().first else {
    FileHandle.standardError.write(
        Data("usage: MLP-MNIST FOLDER, a folder with MNIST's four IDX files, gzipped or not\n".utf8))
    exit(2)
}
await exitOnError {
    let mnist = try MNIST.load(from: folder)

    let model = Sequential(seed: 1) {
        Rescaling(1 / 255, inputShape: [28, 28, 1])
        Flatten()
        Dense(512, activation: .relu)
        Dropout(0.2)
        Dense(512, activation: .relu)
        Dropout(0.2)
        Dense(10, activation: .softmax)
    }
    try model.summary()

    let trainer = try model.compile(optimizer: "rmsprop", loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
    try await trainer.fit(
        mnist.train.images, mnist.train.labels, batchSize: 128, epochs: 5,
        validationData: .tensors(mnist.test.images, mnist.test.labels))

    let score = try await trainer.evaluate(mnist.test.images, mnist.test.labels, batchSize: 128, verbose: 0)
    print(
        "\nTest loss \(String(format: "%.4f", score.loss)), accuracy \(String(format: "%.4f", score["accuracy"] ?? 0))."
    )
}
