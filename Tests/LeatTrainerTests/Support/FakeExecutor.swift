import LeatCore
import Synchronization

@testable import LeatTrainer

/// A stand-in for a model: one weight that counts the updates, and values that are simple to foretell.
///
/// A batch's loss is the mean of its first column, times its first sample weight if there is one; its accuracy is one
/// tenth of that.
final class FakeExecutor: StepExecutor {
    let metricsNames: [String]
    let log: CallLog
    var learningRate = 0.1
    private(set) var iterations = 0
    private var weight: Float = 0

    init(_ log: CallLog = CallLog(), metricsNames: [String] = ["loss", "accuracy"]) {
        self.log = log
        self.metricsNames = metricsNames
    }

    func trainStep(inputs: TensorRows, targets: Tensor, sampleWeights: Tensor?) throws -> [Double] {
        let inputs = try inputs.gathered()
        log.append("train \(inputs.firstColumn)")
        iterations += 1
        weight += 1
        return values(inputs, sampleWeights)
    }

    func testStep(inputs: Tensor, targets: Tensor, sampleWeights: Tensor?) throws -> [Double] {
        log.append("test \(inputs.firstColumn)")
        return values(inputs, sampleWeights)
    }

    func predictStep(inputs: Tensor) throws -> Tensor {
        log.append("predict \(inputs.firstColumn)")
        return Tensor(inputs.firstColumn.map { Float($0) + weight })
    }

    var weights: [Tensor] { [Tensor([weight])] }

    func resetStates() {}
    func setWeights(_ weights: [Tensor]) throws {
        weight = try weights[0].elements(as: Float.self)[0]
        log.append("weights \(weight)")
    }

    private func values(_ inputs: Tensor, _ sampleWeights: Tensor?) -> [Double] {
        let column = inputs.firstColumn
        let mean = Double(column.reduce(0, +)) / Double(column.count) * Double(sampleWeights?.firstColumn.first ?? 1)
        return [mean, mean / 10, mean * 100].prefix(metricsNames.count).map { $0 }
    }
}

/// What was called, in order; shared by a test with what runs on the trainer's thread.
final class CallLog: Sendable {
    private let entries = Lock<[String]>([])

    func append(_ entry: String) { entries.withLock { $0.append(entry) } }

    var all: [String] { entries.withLock { $0 } }
}

extension Tensor {
    /// The first number of each row, as an integer.
    var firstColumn: [Int] {
        let values = try? converted(to: .float64).elements(as: Double.self)
        let width = length == 0 ? 1 : count / length
        return (0..<length).map { Int(values?[$0 * width] ?? -1) }
    }

    /// The numbers 0 ..< count as rows of `width` equal numbers.
    static func counting(_ count: Int, width: Int = 2) throws -> Tensor {
        try Tensor((0..<count).flatMap { Array(repeating: Float($0), count: width) }, shape: [count, width])
    }

    /// As many zeros as labels.
    static func labels(_ count: Int) -> Tensor { Tensor(Array(repeating: Int32(0), count: count)) }
}

/// Weights, snapshot by snapshot.
final class WeightLog: Sendable {
    private let entries = Lock<[[Tensor]]>([])

    func append(_ weights: [Tensor]) { entries.withLock { $0.append(weights) } }

    var all: [[Tensor]] { entries.withLock { $0 } }
}
