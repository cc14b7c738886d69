import Foundation
import LeatCore
import LeatGraph
import LeatModel
import Testing

/// Models followed step by step against real Keras 3 (`Fixtures/make_goldens.py`).
@Suite struct GoldenTests {
    static let mlp: @Sendable (Int, ActivationFunction) -> [any Layer] = { units, last in
        [Dense(7, activation: .relu, inputDim: 5), Dense(6, activation: .tanh), Dense(units, activation: last)]
    }
    static let cnn: @Sendable (Padding, Size2D) -> [any Layer] = { padding, strides in
        [
            Conv2D(4, 3, padding: padding, activation: .relu, inputShape: [9, 8, 2]),
            MaxPooling2D(2, padding: padding),
            Conv2D(3, [2, 3], strides: strides, padding: padding, activation: .sigmoid),
            Flatten(), Dense(4, activation: .softmax),
        ]
    }
    static let sample: [Int?] = [11, 3]
    static func sequences(
        _ conv: Conv1D, _ pool: MaxPooling1D? = nil, top: any Layer = GlobalAveragePooling1D()
    ) -> [any Layer] {
        let middle: [any Layer] = pool.map { [$0] } ?? []
        return [conv] + middle + [Conv1D(4, 2, activation: .tanh), top, Dense(3, activation: .softmax)]
    }
    static let cases: [(name: String, layers: [any Layer], optimizer: any OptimizerConvertible, loss: Loss)] = [
        ("sgd", mlp(3, .softmax), SGD(lr: 0.1), .categoricalCrossentropy),
        ("sgd momentum", mlp(3, .softmax), SGD(lr: 0.1, momentum: 0.9), "categorical_crossentropy"),
        (
            "sgd nesterov", mlp(3, .softmax), SGD(lr: 0.1, momentum: 0.9, nesterov: true),
            .sparseCategoricalCrossentropy
        ),
        ("rmsprop", mlp(3, .softmax), RMSprop(lr: 0.01), .categoricalCrossentropy),
        ("adam", mlp(3, .softmax), Adam(lr: 0.01), .categoricalCrossentropy),
        ("adam amsgrad", mlp(3, .softmax), Adam(lr: 0.01, amsgrad: true), .categoricalCrossentropy),
        ("binary", mlp(1, .sigmoid), SGD(lr: 0.1), .binaryCrossentropy),
        ("binary wide", mlp(3, .sigmoid), Adam(lr: 0.01), "binary_crossentropy"),
        ("mse", mlp(2, .linear), SGD(lr: 0.05), .mse),
        ("crossentropy of no softmax", mlp(3, .sigmoid), SGD(lr: 0.1), .categoricalCrossentropy),
        ("cnn", cnn(.valid, 1), SGD(lr: 0.1, momentum: 0.9), .categoricalCrossentropy),
        ("cnn same", cnn(.same, 2), Adam(lr: 0.01), .sparseCategoricalCrossentropy),
        ("adadelta", mlp(3, .softmax), Adadelta(lr: 1), .categoricalCrossentropy),
        (
            "conv1d", sequences(Conv1D(5, 3, activation: .relu, inputShape: sample), MaxPooling1D(3)),
            SGD(lr: 0.1, momentum: 0.9), .categoricalCrossentropy
        ),
        (
            "conv1d strides", sequences(Conv1D(5, 4, strides: 2, activation: .relu, inputShape: sample)),
            Adam(lr: 0.01), .categoricalCrossentropy
        ),
        (
            "conv1d same",
            sequences(
                Conv1D(5, 4, strides: 3, padding: .same, activation: .sigmoid, inputShape: sample),
                MaxPooling1D(2, strides: 1, padding: .same)),
            Adam(lr: 0.01), .categoricalCrossentropy
        ),
        (
            "conv1d causal",
            sequences(
                Conv1D(5, 3, padding: .causal, dilationRate: 2, activation: .relu, inputShape: sample),
                MaxPooling1D(3, strides: 2)),
            SGD(lr: 0.1, momentum: 0.9), .categoricalCrossentropy
        ),
        (
            "conv1d causal strides",
            sequences(Conv1D(5, 3, strides: 2, padding: .causal, useBias: false, inputShape: sample)),
            SGD(lr: 0.1), .categoricalCrossentropy
        ),
        (
            "conv1d dilated",
            sequences(
                Conv1D(5, 3, dilationRate: 3, activation: .softmax, inputShape: sample), top: GlobalMaxPooling1D()),
            Adadelta(lr: 0.5, rho: 0.9), .categoricalCrossentropy
        ),
        (
            "conv1d channels first",
            [
                Conv1D(5, 3, dataFormat: .channelsFirst, activation: .softmax, inputShape: [3, 11]),
                MaxPooling1D(2, padding: .same, dataFormat: .channelsFirst),
                GlobalAveragePooling1D(dataFormat: .channelsFirst, keepdims: true),
                Flatten(), Dense(3, activation: .softmax),
            ], SGD(lr: 0.1), .categoricalCrossentropy
        ),
        (
            "global pooling of images",
            [
                Conv2D(6, 2, activation: .relu, inputShape: [5, 4, 2]), GlobalAveragePooling2D(keepdims: true),
                Conv2D(4, 1), GlobalMaxPooling2D(), Dense(3, activation: .softmax),
            ], Adam(lr: 0.01), .categoricalCrossentropy
        ),
        (
            "lstm", [LSTM(7, inputShape: [5, 3]), Dense(3, activation: .softmax)], SGD(lr: 0.1, momentum: 0.9),
            .categoricalCrossentropy
        ),
        (
            "lstm stack",
            [
                LSTM(9, returnSequences: true, inputShape: [4, 5]),
                LSTM(17, returnSequences: true, goBackwards: true), LSTM(3), Dense(3, activation: .softmax),
            ], RMSprop(lr: 0.01), .categoricalCrossentropy
        ),
        ("lstm sequences", [LSTM(4, returnSequences: true, inputShape: [6, 2]), Dense(3)], Adam(lr: 0.01), .mse),
        (
            "lstm one step", [LSTM(6, useBias: false, inputShape: [1, 9]), Dense(3, activation: .softmax)],
            Adam(lr: 0.01), .categoricalCrossentropy
        ),
        (
            "lstm activations",
            [
                LSTM(8, activation: .relu, recurrentActivation: .tanh, goBackwards: true, inputShape: [3, 4]),
                Dense(3, activation: .softmax),
            ], SGD(lr: 0.05), .categoricalCrossentropy
        ),
        (
            "lstm stateful",
            [
                LSTM(5, returnSequences: true, stateful: true, batchInputShape: [4, 3, 2]), LSTM(6, stateful: true),
                Dense(3, activation: .softmax),
            ], SGD(lr: 0.1), .categoricalCrossentropy
        ),
        (
            "embedding lstm", [Embedding(23, 5, inputLength: 7), LSTM(6), Dense(1, activation: .sigmoid)],
            Adam(lr: 0.01), .binaryCrossentropy
        ),
        (
            "embedding", [Embedding(11, 4, inputLength: 3), Flatten(), Dense(3, activation: .softmax)],
            SGD(lr: 0.1, momentum: 0.9), .sparseCategoricalCrossentropy
        ),
    ]

    @Test(arguments: cases.indices) func trainsAsKerasDoes(index: Int) throws {
        let (name, layers, optimizer, loss) = Self.cases[index]
        let golden = try #require(try Goldens.load().cases[name])
        let executor = try ModelExecutor(
            model: Sequential(layers),
            compilation: Compilation(optimizer: optimizer, loss: loss, metrics: ["accuracy"]))
        #expect(executor.metricsNames == ["loss", "accuracy"])
        try executor.setWeights(golden.weights.map { try $0.tensor })
        let (x, y) = (try golden.x.tensor, try golden.y.tensor)
        try expectClose(executor.predictStep(inputs: x), golden.prediction, 1e-5, "prediction of \(name)")
        for (step, expected) in golden.steps.enumerated() {
            let values = try executor.trainStep(inputs: x, targets: y)
            #expect(abs(values[0] - expected[0]) < 1e-4 * max(1, abs(expected[0])), "loss of \(name), step \(step)")
            #expect(abs(values[1] - expected[1]) < 1e-6, "accuracy of \(name), step \(step)")
            if step == 0 { try expectClose(executor.weights, golden.weightsAfter1, 1e-5, "\(name), 1 step") }
        }
        try expectClose(executor.weights, golden.weightsAfter20, 5e-4, "\(name), 20 steps")
        let weighted = try executor.testStep(inputs: x, targets: y, sampleWeights: golden.sampleWeights.tensor)
        #expect(abs(weighted[0] - golden.weightedLoss) < 1e-4)
    }

    private func expectClose(_ tensors: [Tensor], _ expected: [Goldens.Numbers], _ tolerance: Float, _ what: String)
        throws
    {
        #expect(tensors.count == expected.count)
        for (tensor, numbers) in zip(tensors, expected) { try expectClose(tensor, numbers, tolerance, what) }
    }

    private func expectClose(_ tensor: Tensor, _ expected: Goldens.Numbers, _ tolerance: Float, _ what: String) throws {
        #expect(tensor.shape.dimensions == expected.shape)
        let worst = try zip(tensor.elements(as: Float.self), expected.values).map { abs($0 - $1) / max(1, abs($1)) }
            .max()
        #expect((worst ?? 0) <= tolerance, "\(what)")
    }
}

/// What `make_goldens.py` wrote.
struct Goldens: Decodable {
    struct Numbers: Decodable {
        let shape: [Int]
        let values: [Float]
        var tensor: Tensor { get throws { try Tensor(values, shape: Shape(shape)) } }
    }
    struct Case: Decodable {
        let x, y, prediction, sampleWeights: Numbers
        let weights, weightsAfter1, weightsAfter20: [Numbers]
        let steps: [[Double]]
        let weightedLoss: Double
    }
    let cases: [String: Case]

    static func load() throws -> Goldens {
        let url = try #require(Bundle.module.url(forResource: "Fixtures/goldens", withExtension: "json"))
        return try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: url))
    }
}
