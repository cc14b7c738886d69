import Leat

/// The models that Leat is measured on: the classic examples of Keras, and those that Leat was first written for.
///
/// `Benchmarks/compare` trains the same in Keras and PyTorch; what is changed here is changed there.
extension BenchmarkCase {
    /// All cases.
    static let all = dense + convolutional + recurrent

    private static let nesterov = SGD(lr: 0.01, momentum: 0.9, nesterov: true)

    private static let dense = [
        BenchmarkCase(
            name: "mlp20", batchSize: 128, samples: 1000, inputShape: [20], targets: .oneHot(10), optimizer: nesterov
        ) { _ in
            [
                Dense(64, activation: .relu, inputDim: 20), Dropout(0.5), Dense(64, activation: .relu), Dropout(0.5),
                Dense(10, activation: .softmax),
            ]
        },
        BenchmarkCase(
            name: "mnist_mlp", batchSize: 128, samples: 6000, inputShape: [784], targets: .oneHot(10),
            optimizer: "rmsprop"
        ) { _ in
            [
                Dense(512, activation: .relu, inputDim: 784), Dropout(0.2), Dense(512, activation: .relu),
                Dropout(0.2), Dense(10, activation: .softmax),
            ]
        },
        BenchmarkCase(
            name: "reuters_mlp", batchSize: 32, samples: 3200, inputShape: [1000], targets: .oneHot(46),
            optimizer: "adam"
        ) { _ in
            [Dense(512, activation: .relu, inputDim: 1000), Dropout(0.5), Dense(46, activation: .softmax)]
        },
    ]

    private static let convolutional = [
        BenchmarkCase(
            name: "vgg100", batchSize: 32, samples: 96, inputShape: [100, 100, 3], targets: .oneHot(10),
            optimizer: nesterov
        ) { _ in blocks(dense: 256, shape: [100, 100, 3], padding: .valid) },
        BenchmarkCase(
            name: "cifar_cnn", batchSize: 32, samples: 640, inputShape: [32, 32, 3], targets: .oneHot(10),
            optimizer: "rmsprop"
        ) { _ in blocks(dense: 512, shape: [32, 32, 3], padding: .same) },
        BenchmarkCase(
            name: "mnist_cnn", batchSize: 128, samples: 1280, inputShape: [28, 28, 1], targets: .oneHot(10),
            optimizer: "adadelta"
        ) { _ in
            [
                Conv2D(32, 3, activation: .relu, inputShape: [28, 28, 1]), Conv2D(64, 3, activation: .relu),
                MaxPooling2D(2), Dropout(0.25), Flatten(), Dense(128, activation: .relu), Dropout(0.5),
                Dense(10, activation: .softmax),
            ]
        },
        BenchmarkCase(
            name: "conv1d", batchSize: 16, samples: 1000, inputShape: [100, 100], targets: .binary,
            optimizer: "rmsprop", loss: .binaryCrossentropy
        ) { _ in
            [
                Conv1D(64, 3, activation: .relu, inputShape: [100, 100]), Conv1D(64, 3, activation: .relu),
                MaxPooling1D(3), Conv1D(128, 3, activation: .relu), Conv1D(128, 3, activation: .relu),
                GlobalAveragePooling1D(), Dropout(0.5), Dense(1, activation: .sigmoid),
            ]
        },
    ]

    private static let recurrent = [
        BenchmarkCase(
            name: "lstm3", batchSize: 64, samples: 1000, inputShape: [8, 16], targets: .uniform(10),
            optimizer: "rmsprop"
        ) { _ in lstms { LSTM(32, returnSequences: $0, inputShape: $1 ? [8, 16] : nil) } },
        BenchmarkCase(
            name: "lstm3_stateful", batchSize: 32, samples: 320, inputShape: [8, 16], targets: .uniform(10),
            optimizer: "rmsprop", hasFixedBatch: true
        ) { batch in
            lstms { LSTM(32, returnSequences: $0, stateful: true, batchInputShape: $1 ? [batch, 8, 16] : nil) }
        },
        BenchmarkCase(
            name: "imdb_lstm", batchSize: 32, samples: 640, inputShape: [80], inputs: .tokens(below: 20_000),
            targets: .binary, optimizer: "adam", loss: .binaryCrossentropy
        ) { _ in [Embedding(20_000, 128, inputLength: 80), LSTM(128), Dense(1, activation: .sigmoid)] },
    ]

    /// Three layers, made by whether they return sequences and whether they are the first, and a dense one.
    private static func lstms(_ layer: (_ returnsSequences: Bool, _ isFirst: Bool) -> LSTM) -> [any Layer] {
        [layer(true, true), layer(true, false), layer(false, false), Dense(10, activation: .softmax)]
    }

    /// Two blocks of two convolutions each, with pooling and dropout, then two dense layers.
    private static func blocks(dense: Int, shape: [Int?], padding: Padding) -> [any Layer] {
        [
            Conv2D(32, 3, padding: padding, activation: .relu, inputShape: shape), Conv2D(32, 3, activation: .relu),
            MaxPooling2D(2), Dropout(0.25),
            Conv2D(64, 3, padding: padding, activation: .relu), Conv2D(64, 3, activation: .relu),
            MaxPooling2D(2), Dropout(0.25),
            Flatten(), Dense(dense, activation: .relu), Dropout(0.5), Dense(10, activation: .softmax),
        ]
    }
}
