import Leat

/// A model with random data of the shapes that it is measured on.
struct BenchmarkCase: Sendable {
    let name: String
    let batchSize: Int
    /// The number of samples in an epoch.
    let samples: Int
    let classes: Int
    /// Floating-point operations of one sample in forward direction.
    let forwardOperations: Double
    let optimizer: any OptimizerConvertible
    let model: Sequential

    /// The cases that Leat has all layers and optimizers for.
    static let all = [
        BenchmarkCase(
            name: "mlp20", batchSize: 128, samples: 1000, classes: 10, forwardOperations: 2 * (20 * 64 + 64 * 64 + 640),
            optimizer: SGD(lr: 0.01, momentum: 0.9, nesterov: true),
            model: Sequential(seed: 1) {
                Dense(64, activation: .relu, inputDim: 20)
                Dropout(0.5)
                Dense(64, activation: .relu)
                Dropout(0.5)
                Dense(10, activation: .softmax)
            }),
        BenchmarkCase(
            name: "vgg100", batchSize: 32, samples: 96, classes: 10, forwardOperations: 0.422e9,
            optimizer: SGD(lr: 0.01, momentum: 0.9, nesterov: true),
            model: convolutional([32, 32], [64, 64], dense: 256, shape: [100, 100, 3], padding: .valid)),
        BenchmarkCase(
            name: "mnist_mlp", batchSize: 128, samples: 6000, classes: 10,
            forwardOperations: 2 * (784 * 512 + 512 * 512 + 5120), optimizer: "rmsprop",
            model: Sequential(seed: 1) {
                Dense(512, activation: .relu, inputDim: 784)
                Dropout(0.2)
                Dense(512, activation: .relu)
                Dropout(0.2)
                Dense(10, activation: .softmax)
            }),
        BenchmarkCase(
            name: "mnist_cnn_adam", batchSize: 128, samples: 1280, classes: 10, forwardOperations: 0.024e9,
            optimizer: "adam",
            model: Sequential(seed: 1) {
                Conv2D(32, 3, activation: .relu, inputShape: [28, 28, 1])
                Conv2D(64, 3, activation: .relu)
                MaxPooling2D(2)
                Dropout(0.25)
                Flatten()
                Dense(128, activation: .relu)
                Dropout(0.5)
                Dense(10, activation: .softmax)
            }),
        BenchmarkCase(
            name: "cifar_cnn", batchSize: 32, samples: 640, classes: 10, forwardOperations: 0.0417e9,
            optimizer: "rmsprop",
            model: convolutional([32, 32], [64, 64], dense: 512, shape: [32, 32, 3], padding: .same)),
        BenchmarkCase(
            name: "reuters_mlp", batchSize: 32, samples: 3200, classes: 46, forwardOperations: 2 * (512_000 + 512 * 46),
            optimizer: "adam",
            model: Sequential(seed: 1) {
                Dense(512, activation: .relu, inputDim: 1000)
                Dropout(0.5)
                Dense(46, activation: .softmax)
            }),
    ]

    /// The names of all cases, for messages.
    static var names: String { all.map(\.name).joined(separator: ", ") }

    /// Two blocks of two convolutions each, with pooling and dropout, then two dense layers.
    private static func convolutional(
        _ first: [Int], _ second: [Int], dense: Int, shape: [Int?], padding: Padding
    ) -> Sequential {
        Sequential(seed: 1) {
            Conv2D(first[0], 3, padding: padding, activation: .relu, inputShape: shape)
            Conv2D(first[1], 3, activation: .relu)
            MaxPooling2D(2)
            Dropout(0.25)
            Conv2D(second[0], 3, padding: padding, activation: .relu)
            Conv2D(second[1], 3, activation: .relu)
            MaxPooling2D(2)
            Dropout(0.25)
            Flatten()
            Dense(dense, activation: .relu)
            Dropout(0.5)
            Dense(10, activation: .softmax)
        }
    }

    /// Random inputs in [0, 1) and one-hot targets.
    func data() throws -> (x: Tensor, y: Tensor) {
        var generator = PhiloxGenerator(seed: 1)
        let shape = Shape([samples] + (model.inputShape ?? []).map { $0 ?? 1 })
        let x = (0..<shape.count).map { _ in Float(generator.nextUniform()) }
        var y = [Float](repeating: 0, count: samples * classes)
        for sample in 0..<samples { y[sample * classes + Int(generator.next() % UInt64(classes))] = 1 }
        return (try Tensor(x, shape: shape), try Tensor(y, shape: [samples, classes]))
    }
}
