import LeatCore
import LeatGraph
import LeatModel
import LeatTestSupport
import Testing

@Suite struct RecurrentTests {
    private func stateful(threads: Int = 0) throws -> ModelExecutor {
        try ModelExecutor(
            model: Sequential(
                [LSTM(5, stateful: true, batchInputShape: [4, 3, 2]), Dense(2, activation: .softmax)], seed: 3),
            compilation: Compilation(
                optimizer: SGD(lr: 0), loss: .sparseCategoricalCrossentropy, metrics: []), threads: threads)
    }

    @Test func statesPersistOverEveryKindOfStepUntilTheyAreReset() throws {
        let (x, y) = (try Tensor.random([4, 3, 2], seed: 1), Tensor([0, 1, 1, 0] as [UInt8]))
        let executor = try stateful()
        let first = try executor.predictStep(inputs: x)
        #expect(try executor.predictStep(inputs: x) != first)
        try executor.resetStates()
        #expect(try executor.predictStep(inputs: x) == first)
        _ = try executor.trainStep(inputs: x, targets: y)
        _ = try executor.testStep(inputs: x, targets: y)
        let fourth = try executor.predictStep(inputs: x)
        let other = try stateful()
        for _ in 0..<3 { _ = try other.predictStep(inputs: x) }
        #expect(try other.predictStep(inputs: x) == fourth)
        #expect(try executor.weights.count == 5)
    }

    @Test func aStepThatFailsLeavesTheStatesAlone() throws {
        let x = try Tensor.random([4, 3, 2], seed: 1)
        let (executor, other) = (try stateful(), try stateful())
        _ = try executor.predictStep(inputs: x)
        _ = try other.predictStep(inputs: x)
        #expect(throws: GraphError.self) {
            try executor.trainStep(inputs: x, targets: Tensor([0, 1, 2, 0] as [UInt8]))
        }
        #expect(try executor.predictStep(inputs: x) == other.predictStep(inputs: x))
    }

    @Test func mistakesAreReportedWhenTheModelIsBuilt() throws {
        func message(_ layers: [any Layer]) -> String? {
            (#expect(throws: ModelError.self) { try Sequential(layers).weights() })?.message
        }
        #expect(
            message([LSTM(5, stateful: true, inputShape: [3, 2])])
                == "Layer lstm: a stateful layer needs to know its batch size: give the model's first layer a "
                + "batchInputShape or a batchSize.")
        #expect(
            message([LSTM(5, activation: .softmax, inputShape: [3, 2])])
                == "Layer lstm: the activations of a recurrent layer are linear, relu, sigmoid and tanh, not softmax.")
        #expect(message([LSTM(5, inputShape: [2])])?.contains("(None, steps, features)") == true)
        #expect(message([LSTM(0, inputShape: [3, 2])])?.contains("units must be from 1") == true)
        #expect(message([Embedding(1 << 40, 4, inputLength: 3)])?.contains("inputDim must be") == true)
        #expect(message([Embedding(3, 4, embeddingsInitializer: "identitty", inputLength: 3)]) != nil)
        #expect(throws: ModelError.self) {
            _ = try stateful().predictStep(inputs: Tensor(zeros: [3, 3, 2]))
        }
    }

    @Test func anIndexOutOfRangeLeavesTheWeightsAlone() throws {
        let executor = try ModelExecutor(
            model: Sequential([Embedding(10, 3, inputLength: 2), LSTM(4), Dense(1)]),
            compilation: Compilation(optimizer: Adam(), loss: .mse, metrics: []))
        let before = try executor.weights
        let error = #expect(throws: GraphError.self) {
            try executor.trainStep(
                inputs: Tensor([1, 2, 3, 10] as [Int32], shape: [2, 2]), targets: Tensor(zeros: [2, 1]))
        }
        #expect(error?.code == .indexOutOfRange && error?.message.contains("10 at [1, 1]") == true)
        #expect(try executor.weights == before)
    }

    @Test func initializersHaveTheirProperties() throws {
        for (units, gain) in [(1, 1.0), (5, 2), (17, 1)] {
            let weights = try Sequential(
                [LSTM(units, recurrentInitializer: .orthogonal(gain: gain), inputShape: [2, 3])], seed: 4
            ).weights()
            let rows = try weights[1].elements(as: Float.self)
            for a in 0..<units {
                for b in 0..<units {
                    let product = (0..<4 * units).reduce(0.0) {
                        $0 + Double(rows[a * 4 * units + $1]) * Double(rows[b * 4 * units + $1])
                    }
                    #expect(abs(product - (a == b ? gain * gain : 0)) < 1e-5)
                }
            }
            let bias = try weights[2].elements(as: Float.self)
            #expect(bias.enumerated().allSatisfy { $1 == ($0 / units == 1 ? 1 : 0) })
        }
        let tall = try Sequential([Dense(2, kernelInitializer: "orthogonal", inputDim: 6)]).weights()[0]
        let columns = try tall.elements(as: Float.self)
        let product = (0..<6).reduce(Float(0)) { $0 + columns[2 * $1] * columns[2 * $1 + 1] }
        #expect(abs(product) < 1e-6)
        let identity = try Sequential([Dense(2, kernelInitializer: "identity", inputDim: 3)]).weights()[0]
        #expect(try identity.elements(as: Float.self) == [1, 0, 0, 1, 0, 0])
        #expect(throws: ModelError.self) {
            try Sequential([Dense(2, biasInitializer: "orthogonal", inputDim: 3)]).weights()
        }
        let table = try Sequential([Embedding(100, 3, inputLength: 1)]).weights()[0].elements(as: Float.self)
        #expect(table.allSatisfy { abs($0) <= 0.05 } && table.contains { abs($0) > 0.04 })
    }

    @Test func trainsTheSameWithAnyNumberOfThreads() throws {
        let (x, y) = (try Tensor.random([37, 5, 4], seed: 1), try Tensor((0..<37).map { UInt8($0 % 3) }, shape: [37]))
        let weights = try [1, 2, 3].map { threads in
            let executor = try ModelExecutor(
                model: Sequential(
                    [
                        LSTM(33, returnSequences: true, inputShape: [5, 4]), LSTM(16),
                        Dense(3, activation: .softmax),
                    ], seed: 5),
                compilation: Compilation(optimizer: Adam(), loss: .sparseCategoricalCrossentropy, metrics: []),
                threads: threads)
            for _ in 0..<5 { _ = try executor.trainStep(inputs: x, targets: y) }
            return try executor.weights
        }
        #expect(weights[0] == weights[1])
        #expect(weights[0] == weights[2])
    }
}
