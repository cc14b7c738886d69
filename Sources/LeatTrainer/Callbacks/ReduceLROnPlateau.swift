import LeatCore
import Synchronization

/// Makes the learning rate smaller when a value has stopped getting better, and reports it as `learning_rate`.
public final class ReduceLROnPlateau: Callback {
    private struct State {
        var best: Double?
        var wait = 0
        var cooldown = 0
    }

    private let monitor: Monitor
    private let factor: Double
    private let patience: Int
    private let verbose: Bool
    private let cooldown: Int
    private let minLR: Double
    private let state = Lock(State())

    /// Watches `monitor`.
    ///
    /// - Parameters:
    ///   - monitor: The name of the value.
    ///   - factor: What the rate is multiplied by, below 1.
    ///   - patience: How many epochs in a row bring nothing better before the rate is reduced.
    ///   - verbose: Whether to print what was done.
    ///   - mode: Which values are better.
    ///   - minDelta: How much better than the best a value must be to count.
    ///   - cooldown: How many epochs after a reduction are not counted.
    ///   - minLR: The smallest rate to set.
    /// - Throws: `TrainerError` if the factor is not below 1.
    public init(
        monitor: String = "val_loss", factor: Double = 0.1, patience: Int = 10, verbose: Bool = false,
        mode: MonitorMode = .auto, minDelta: Double = 1e-4, cooldown: Int = 0, minLR: Double = 0
    ) throws {
        guard factor < 1 else {
            throw TrainerError(.invalidArgument, "ReduceLROnPlateau's factor must be below 1, but it is \(factor).")
        }
        self.monitor = Monitor(monitor, mode: mode, minDelta: minDelta)
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.minLR = minLR
    }

    /// Forgets an earlier training.
    public func onTrainBegin(_ session: TrainingSession) { state.withLock { $0 = State() } }

    /// Compares the epoch with the best one.
    public func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) {
        let rate = session.learningRate
        logs["learning_rate"] = rate
        guard let value = monitor.value(in: logs, for: "ReduceLROnPlateau", session) else { return }
        guard state.withLock({ isExhausted(&$0, value) }), rate > minLR else { return }
        session.learningRate = max(rate * factor, minLR)
        state.withLock { state in
            state.cooldown = cooldown
            state.wait = 0
        }
        if verbose {
            session.say(
                "\nEpoch \(epoch + 1): ReduceLROnPlateau reducing learning rate to \(session.learningRate).")
        }
    }

    /// Counts an epoch; whether patience is at its end.
    private func isExhausted(_ state: inout State, _ value: Double) -> Bool {
        if state.cooldown > 0 {
            state.cooldown -= 1
            state.wait = 0
        }
        if monitor.isBetter(value, than: state.best) {
            state.best = value
            state.wait = 0
        } else if state.cooldown == 0 {
            state.wait += 1
            return state.wait >= patience
        }
        return false
    }
}
