import LeatCore
import LeatGraph
import LeatModel
import LeatTestSupport
import Testing

@Suite struct ModelExecutorTests {
    private func executor(
        loss: Loss = .sparseCategoricalCrossentropy, metrics: [Metric] = ["accuracy"],
        weightedMetrics: [Metric] = [], threads: Int = 0
    ) throws -> ModelExecutor {
        try ModelExecutor(
            model: Sequential(
                [Dense(16, activation: .relu, inputDim: 4), Dropout(0.2), Dense(3, activation: .softmax)], seed: 5),
            compilation: Compilation(
                optimizer: Adam(), loss: loss, metrics: metrics, weightedMetrics: weightedMetrics),
            threads: threads)
    }

    @Test func trainsTheSameWithAnyNumberOfThreads() throws {
        let (x, y) = (try Tensor.random([37, 4], seed: 1), try Tensor((0..<37).map { UInt8($0 % 3) }, shape: [37]))
        let weights = try [1, 2, 3].map { threads in
            let executor = try executor(threads: threads)
            for _ in 0..<10 { _ = try executor.trainStep(inputs: x, targets: y) }
            return try executor.weights
        }
        #expect(weights[0] == weights[1])
        #expect(weights[0] == weights[2])
    }

    @Test func takesLabelsAsVectorsOrColumns() throws {
        let x = try Tensor.random([6, 4], seed: 1)
        let labels = Tensor([0, 1, 2, 0, 1, 2] as [Int64])
        let values = try [labels, labels.reshaped(to: [6, 1])].map { try executor().testStep(inputs: x, targets: $0) }
        #expect(values[0] == values[1])
    }

    @Test func refusesWhatDoesNotFit() throws {
        let executor = try executor()
        let x = try Tensor.random([6, 4], seed: 1)
        func message(_ body: () throws -> Void) -> String? {
            (#expect(throws: ModelError.self, performing: body))?.message
        }
        #expect(
            message { _ = try executor.trainStep(inputs: Tensor(zeros: [6, 5]), targets: Tensor(zeros: [6])) }
                == "The model takes inputs of shape (None, 4); (6, 5) was given.")
        #expect(
            message { _ = try executor.trainStep(inputs: x, targets: Tensor(zeros: [5])) }
                == "Inputs and targets should have the same number of samples; there are (6, 4) and (5,).")
        #expect(
            message { _ = try executor.trainStep(inputs: x, targets: Tensor(zeros: [6, 3])) }
                == "sparse_categorical_crossentropy takes targets of shape (6, 1) for this model's output; (6, 3) was given."
        )
        #expect(
            message {
                _ = try executor.trainStep(inputs: x, targets: Tensor(zeros: [6]), sampleWeights: Tensor(zeros: [5]))
            }
                == "Sample weights of shape (5,) don't fit scores of shape (6,).")
        #expect(throws: GraphError.self) {
            try executor.trainStep(inputs: x, targets: Tensor([0, 1, 2, 3, 0, 1] as [UInt8]))
        }
        #expect(executor.iterations == 0)
    }

    @Test func hintsAtTheSparseLoss() throws {
        let executor = try executor(loss: .categoricalCrossentropy)
        let error = #expect(throws: ModelError.self) {
            try executor.trainStep(inputs: Tensor(zeros: [2, 4]), targets: Tensor(zeros: [2]))
        }
        #expect(
            error?.message.hasSuffix("For whole numbers as targets there is sparse_categorical_crossentropy.") == true)
    }

    @Test func weightsMetricsOnlyIfAsked() throws {
        let (x, y) = (try Tensor.random([4, 4], seed: 1), Tensor([0, 1, 2, 0] as [UInt8]))
        let one = Metric("one") { yTrue, _ in yTrue }
        let weighted = Metric("weighted") { yTrue, _ in yTrue }
        let values = try executor(metrics: [one], weightedMetrics: [weighted])
            .testStep(inputs: x, targets: y, sampleWeights: Tensor([1, 0, 3, 0] as [Float]))
        #expect(values[1] == 0.75)
        #expect(values[2] == 1.5)
    }

    @Test func takesSampleWeightsAsVectorsOrColumns() throws {
        let (x, y) = (try Tensor.random([4, 4], seed: 1), Tensor([0, 1, 2, 0] as [UInt8]))
        let weights = Tensor([1, 0, 3, 0] as [Float])
        let values = try [weights, weights.reshaped(to: [4, 1])].map {
            try executor().testStep(inputs: x, targets: y, sampleWeights: $0)
        }
        #expect(values[0] == values[1])
    }

    @Test func weightedMetricsAreZeroWhereNothingCounts() throws {
        let values = try executor(metrics: [], weightedMetrics: ["accuracy"])
            .testStep(inputs: Tensor(zeros: [2, 4]), targets: Tensor(zeros: [2]), sampleWeights: Tensor(zeros: [2]))
        #expect(values == [0, 0])
    }

    @Test func takesKerasNamesInAnyCase() throws {
        let executor = try executor(loss: "Sparse_Categorical_Crossentropy", metrics: ["Accuracy", "MSE"])
        #expect(executor.metricsNames == ["loss", "Accuracy", "MSE"])
        let plain = try self.executor(metrics: [])
        let (x, y) = (try Tensor.random([4, 4], seed: 1), Tensor([0, 1, 2, 0] as [UInt8]))
        let other = try ModelExecutor(
            model: executor.model,
            compilation: Compilation(optimizer: "ADAM", loss: "Sparse_Categorical_Crossentropy", metrics: ["Accuracy"]))
        #expect(try other.testStep(inputs: x, targets: y)[0] == plain.testStep(inputs: x, targets: y)[0])
    }

    @Test func aWrongFirstBatchDecidesNothing() throws {
        let executor = try ModelExecutor(
            model: Sequential([Dense(1)], seed: 1), compilation: Compilation(optimizer: "sgd", loss: "mse"))
        #expect(throws: ModelError.self) {
            try executor.testStep(inputs: Tensor(zeros: [4, 7]), targets: Tensor(zeros: [4, 3]))
        }
        #expect(try executor.weights.isEmpty)
        let (x, y) = (try Tensor.random([4, 2], seed: 1), try Tensor.random([4, 1], seed: 2))
        let first = try executor.trainStep(inputs: x, targets: y)
        #expect(try executor.testStep(inputs: x, targets: y)[0] < first[0])
    }

    @Test func learnsItsInputShapeFromTheFirstData() throws {
        let executor = try ModelExecutor(
            model: Sequential([Dense(2)]), compilation: Compilation(optimizer: "sgd", loss: "mse"))
        #expect(try executor.weights.isEmpty)
        #expect(try executor.predictStep(inputs: Tensor(zeros: [5, 7])).shape == [5, 2])
        #expect(try executor.weights.map(\.shape) == [[7, 2], [2]])
        #expect(throws: ModelError.self) { try executor.predictStep(inputs: Tensor(zeros: [5, 8])) }
    }

    @Test func aFrozenLayerStays() throws {
        let model = Sequential([Dense(3, inputDim: 2, trainable: false), Dense(1)], seed: 4)
        let executor = try ModelExecutor(model: model, compilation: Compilation(optimizer: "adam", loss: "mse"))
        let before = try executor.weights
        _ = try executor.trainStep(inputs: .random([8, 2], seed: 1), targets: .random([8, 1], seed: 2))
        let after = try executor.weights
        #expect(before[0] == after[0] && before[1] == after[1])
        #expect(before[2] != after[2])
    }

    @Test func namesUnknownThings() {
        let known = "adadelta, adam, rmsprop, sgd"
        #expect(throws: ModelError(.unknownName, "There is no optimizer \"adm\"; known are \(known).")) {
            try Compilation(optimizer: "adm", loss: "mse")
        }
        #expect(throws: ModelError.self) { try Compilation(optimizer: "adam", loss: "msee") }
        #expect(throws: ModelError.self) { try Compilation(optimizer: "adam", loss: "mse", metrics: ["accurracy"]) }
        #expect(throws: ModelError.self) { try Compilation(optimizer: "adam", loss: "mse", metrics: ["mae", "mae"]) }
        #expect(throws: ModelError(.invalidArgument, "SGD: momentum must be from 0 to 1, not 2.0.")) {
            try Compilation(optimizer: SGD(momentum: 2), loss: "mse")
        }
    }
}
