import LeatCore
import LeatModel

/// What the trainer asks of a model: single steps, the weights and the learning rate.
///
/// `ModelExecutor` is the one there is; the trainer's tests bring their own, to see what it is asked for.
protocol StepExecutor: AnyObject {
    var metricsNames: [String] { get }
    func trainStep(inputs: TensorRows, targets: Tensor, sampleWeights: Tensor?) throws -> [Double]
    func testStep(inputs: Tensor, targets: Tensor, sampleWeights: Tensor?) throws -> [Double]
    func predictStep(inputs: Tensor) throws -> Tensor
    var weights: [Tensor] { get throws }
    func setWeights(_ weights: [Tensor]) throws
    func resetStates() throws
    /// Whether steps leave something behind for the next, beside the weights.
    var hasStates: Bool { get }
    var learningRate: Double { get set }
    var iterations: Int { get }
}

extension StepExecutor {
    var hasStates: Bool { false }
}

extension ModelExecutor: StepExecutor {}
