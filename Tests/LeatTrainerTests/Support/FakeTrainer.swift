import LeatCore
import LeatModel
import Synchronization

@testable import LeatTrainer

/// A trainer of a `FakeExecutor`, and what happens to it.
struct FakeTrainer {
    let log = CallLog()
    let output = CallLog()
    let trainer: Trainer

    /// A trainer whose console writes to `output`, by a clock that advances a second a look.
    init(
        metricsNames: [String] = ["loss", "accuracy"], weightedMetricCount: Int = 0,
        sampleWeightMode: SampleWeightMode? = nil, isTerminal: Bool = false
    ) throws {
        let clock = Lock(0.0)
        let console = Console(
            isTerminal: isTerminal,
            now: {
                clock.withLock { time in
                    defer { time += 1 }
                    return time
                }
            }, write: { [output] in output.append($0) })
        trainer = try Trainer(
            Sequential(seed: 7), executor: FakeExecutor(log, metricsNames: metricsNames),
            weightedMetricCount: weightedMetricCount, sampleWeightMode: sampleWeightMode, console: console)
    }

    /// Everything printed so far.
    var printed: String { output.all.joined() }
}

/// Writes down every hook it is called at.
struct RecordingCallback: Callback {
    let log: CallLog

    func onTrainBegin(_ session: TrainingSession) { log.append("train begin") }
    func onTrainEnd(_ session: TrainingSession) { log.append("train end") }
    func onEpochBegin(_ epoch: Int, _ session: TrainingSession) { log.append("epoch \(epoch) begin") }
    func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) {
        log.append("epoch \(epoch) end: \(logs.names.joined(separator: " "))")
    }
    func onBatchBegin(_ batch: Int, _ session: TrainingSession) {
        log.append("batch \(batch) begin of \(session.batchSize)")
    }
    func onBatchEnd(_ batch: Int, logs: MetricValues, _ session: TrainingSession) {
        log.append("batch \(batch) end: \(logs.loss)")
    }
}
