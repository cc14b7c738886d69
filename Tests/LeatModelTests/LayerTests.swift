import LeatCore
import LeatGraph
import LeatTestSupport
import Testing

@testable import LeatModel

/// Every layer's gradients against central differences in double precision, and what layers compute.
@Suite struct LayerTests {
    static let models: [(name: String, input: Shape, layers: [any Layer])] = [
        ("dense", [3, 5], [Dense(4, activation: .tanh)]),
        ("dense over time", [2, 3, 5], [Dense(4, activation: .softmax)]),
        ("dense without bias", [3, 5], [Dense(1, activation: .sigmoid, useBias: false)]),
        ("activation", [3, 5], [Dense(7), Activation(.softmax)]),
        ("dropout", [3, 5], [Dense(9), Dropout(0.5), Dense(2)]),
        ("reshape", [3, 6], [Dense(6), Reshape([3, -1]), Dense(2)]),
        ("rescaling", [3, 6], [Dense(6), Rescaling(1 / 255, offset: -0.5), Dense(2)]),
        ("conv", [2, 7, 6, 3], [Conv2D(5, [2, 3], strides: [2, 1], padding: .same, activation: .relu)]),
        ("dilated conv", [1, 9, 8, 2], [Conv2D(3, 3, dilationRate: 2, activation: .tanh, useBias: false)]),
        (
            "channels first", [2, 3, 7, 6],
            [Conv2D(4, 3, dataFormat: .channelsFirst), MaxPooling2D(dataFormat: .channelsFirst)]
        ),
        ("pool", [2, 7, 6, 1], [Conv2D(3, 2, activation: .relu), MaxPooling2D(), Flatten(), Dense(2)]),
        ("overlapping pool", [1, 7, 6, 2], [Conv2D(3, 1), MaxPooling2D(3, strides: 2, padding: .same)]),
        ("conv1d", [2, 9, 3], [Conv1D(5, 3, strides: 2, padding: .same, activation: .relu)]),
        ("causal conv1d", [2, 9, 3], [Conv1D(4, 3, padding: .causal, dilationRate: 2, activation: .tanh)]),
        ("causal conv1d with strides", [1, 7, 2], [Conv1D(3, 4, strides: 3, padding: .causal, useBias: false)]),
        ("conv1d of softmax", [2, 6, 3], [Conv1D(5, 2, activation: .softmax)]),
        (
            "conv1d channels first", [2, 3, 9],
            [
                Conv1D(4, 3, dataFormat: .channelsFirst, activation: .softmax),
                MaxPooling1D(3, strides: 2, padding: .same, dataFormat: .channelsFirst),
            ]
        ),
        ("pool1d", [2, 9, 3], [Conv1D(4, 3, activation: .relu), MaxPooling1D(3), Conv1D(2, 2), Flatten(), Dense(2)]),
        ("average of sequences", [2, 7, 3], [Conv1D(4, 2, activation: .relu), GlobalAveragePooling1D(), Dense(2)]),
        (
            "average of sequences channels first", [2, 3, 7],
            [GlobalAveragePooling1D(dataFormat: .channelsFirst, keepdims: true), Dense(2)]
        ),
        ("average of images", [2, 5, 4, 3], [Conv2D(4, 2), GlobalAveragePooling2D(), Dense(2)]),
        (
            "average of images kept", [2, 3, 5, 4],
            [GlobalAveragePooling2D(dataFormat: .channelsFirst, keepdims: true), Dense(2)]
        ),
        ("maximum of sequences", [2, 7, 3], [Dense(4), GlobalMaxPooling1D(keepdims: true), Dense(2)]),
        ("maximum of images", [2, 5, 4, 3], [Conv2D(4, 2), GlobalMaxPooling2D(), Dense(2)]),
        (
            "flatten channels first", [2, 3, 4, 5],
            [Conv2D(2, 2, dataFormat: .channelsFirst), Flatten(dataFormat: .channelsFirst), Dense(3)]
        ),
    ]

    @Test(arguments: models.indices) func gradientsAgreeWithDifferences(index: Int) throws {
        let (name, input, layers) = Self.models[index]
        let built = try BuiltModel(Sequential(layers), dataShape: input.dimensions.dropFirst().map { $0 })
        let values =
            [try Tensor.random(input, seed: 1)]
            + (try built.declarations.enumerated().map { try Tensor.random($1.shape, seed: UInt64($0 + 2)) })
        let check = try GradientCheck(values: values) { _, _, x in
            built.entries.enumerated().reduce(x[0]) { value, element in
                let parameters = element.element.parameters.map { x[$0 + 1] }
                return element.element.layer.call(
                    value, parameters: parameters,
                    context: CallContext(isTraining: true, randomStream: UInt32(element.offset), states: []))
            }
        }
        #expect(check.worstError < 1e-6, "\(name)")
    }

    @Test(arguments: models.indices) func shapesAgreeWithTheGraph(index: Int) throws {
        let (_, input, layers) = Self.models[index]
        let built = try BuiltModel(Sequential(layers), dataShape: input.dimensions.dropFirst().map { $0 })
        let output = built.call(Graph().input(0, shape: input), isTraining: true)
        #expect(output.shape.dimensions.dropFirst().map { $0 } == built.outputShape)
    }

    @Test func aLargeTableBehindAnotherLayerIsRefused() throws {
        #expect(throws: ModelError.self) {
            try BuiltModel(Sequential([Reshape([4], inputShape: [4]), Embedding((1 << 24) + 1, 8)]))
        }
        _ = try BuiltModel(Sequential([Reshape([4], inputShape: [4]), Embedding(1 << 24, 8)]))
    }

    @Test func dropoutActsOnlyInTraining() throws {
        let executor = try ModelExecutor(
            model: Sequential([Dropout(0.5, inputShape: [1000])], seed: 3),
            compilation: Compilation(optimizer: "sgd", loss: .mse, metrics: [Metric("mean") { _, p in p }]))
        let ones = try Tensor(Array(repeating: 1 as Float, count: 4000), shape: [4, 1000])
        #expect(try executor.predictStep(inputs: ones) == ones)
        let first = try executor.trainStep(inputs: ones, targets: ones)
        #expect(abs(first[1] - 1) < 0.1 && first[1] != 1, "kept elements are doubled")
        #expect(try executor.trainStep(inputs: ones, targets: ones)[1] != first[1], "another mask each step")
        let twin = try ModelExecutor(
            model: Sequential([Dropout(0.5, inputShape: [1000])], seed: 3),
            compilation: Compilation(optimizer: "sgd", loss: .mse, metrics: [Metric("mean") { _, p in p }]), threads: 1)
        #expect(try twin.trainStep(inputs: ones, targets: ones) == first, "a function of the seed alone")
    }
}
