import LeatCore
import LeatGraph
import LeatModel
import LeatTestSupport
import Testing

/// The layer, loss and metric that docs/extending.md shows.
@Suite struct ExtensionTests {
    /// max(x, 0) + alpha · min(x, 0), with an alpha for each feature that is learnt.
    struct ParametricReLU: Layer {
        var settings = LayerSettings()

        func outputShape(for input: [Int?]) throws -> [Int?] { input }

        func parameters(for input: [Int?]) throws -> [ParameterDeclaration] {
            [ParameterDeclaration("alpha", shape: Shape(input.compactMap { $0 }), initializer: .zeros)]
        }

        func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
            K.relu(x) - parameters[0] * K.relu(-x)
        }
    }

    let logCosh = Loss("log_cosh") { yTrue, yPred in
        K.mean(K.log((K.exp(yPred - yTrue) + K.exp(yTrue - yPred)) / 2), axis: -1)
    }
    let meanPrediction = Metric("mean_pred") { _, yPred in K.mean(yPred) }

    @Test func aLayerOfOnesOwnHasTheRightGradient() throws {
        let values = [try Tensor.random([4, 3], seed: 1), try Tensor.random([3], seed: 2)]
        let check = try GradientCheck(values: values) { _, _, x in
            K.relu(x[0]) - x[1] * K.relu(-x[0])
        }
        #expect(check.worstError < 1e-7)
    }

    @Test func aModelOfOnesOwnLearns() throws {
        let model = Sequential([Dense(3, inputDim: 2), ParametricReLU(), Dense(1)], seed: 2)
        #expect(model.layers.map(\.name) == ["dense", "parametric_re_lu", "dense_1"])
        let executor = try ModelExecutor(
            model: model,
            compilation: Compilation(optimizer: Adam(lr: 0.05), loss: logCosh, metrics: ["mae", meanPrediction]))
        #expect(executor.metricsNames == ["loss", "mae", "mean_pred"])
        let x = try Tensor.random([32, 2], seed: 5)
        let y = try Tensor(x.elements(as: Double.self).chunks(of: 2).map { $0[0] - 2 * $0[1] }, shape: [32, 1])
        let first = try executor.trainStep(inputs: x, targets: y)
        for _ in 0..<200 { _ = try executor.trainStep(inputs: x, targets: y) }
        let last = try executor.testStep(inputs: x, targets: y)
        #expect(last[0] < first[0] / 20)
        #expect(try executor.weights[2].elements(as: Float.self) != [0, 0, 0], "alpha is learnt")
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [[Element]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
