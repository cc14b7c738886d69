import LeatCore
import Synchronization

/// Ends training when a value has stopped getting better, as Keras 3 does.
public final class EarlyStopping: Callback {
    private struct State {
        var wait = 0
        var best: Double?
        var bestEpoch = 0
        var bestWeights: [Tensor]?
        var stoppedEpoch: Int?
    }

    private let monitor: Monitor
    private let patience: Int
    private let verbose: Bool
    private let baseline: Double?
    private let restoresBestWeights: Bool
    private let startFromEpoch: Int
    private let state = Lock(State())

    /// Watches `monitor`.
    ///
    /// - Parameters:
    ///   - monitor: The name of the value.
    ///   - minDelta: How much better than the best a value must be to count.
    ///   - patience: How many epochs in a row may bring nothing better before training ends.
    ///   - verbose: Whether to print what was done.
    ///   - mode: Which values are better.
    ///   - baseline: A value to beat; epochs that don't are waited for no longer than `patience`.
    ///   - restoreBestWeights: Whether the model gets the best epoch's weights back when training ends.
    ///   - startFromEpoch: The first epoch that counts, from 0.
    public init(
        monitor: String = "val_loss", minDelta: Double = 0, patience: Int = 0, verbose: Bool = false,
        mode: MonitorMode = .auto, baseline: Double? = nil, restoreBestWeights: Bool = false, startFromEpoch: Int = 0
    ) {
        self.monitor = Monitor(monitor, mode: mode, minDelta: minDelta)
        self.patience = patience
        self.verbose = verbose
        self.baseline = baseline
        restoresBestWeights = restoreBestWeights
        self.startFromEpoch = startFromEpoch
    }

    /// The epoch after which training was ended, from 0; nil if it was not.
    public var stoppedEpoch: Int? { state.withLock { $0.stoppedEpoch } }

    /// The epoch with the best value, from 0.
    public var bestEpoch: Int { state.withLock { $0.bestEpoch } }

    /// Forgets an earlier training.
    public func onTrainBegin(_ session: TrainingSession) { state.withLock { $0 = State() } }

    /// Compares the epoch with the best one.
    ///
    /// - Throws: If the weights can't be read.
    public func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) throws {
        guard let value = monitor.value(in: logs, for: "EarlyStopping", session), epoch >= startFromEpoch else {
            return
        }
        let stops = try state.withLock { state in
            state.wait += 1
            let improves = monitor.isBetter(value, than: state.best)
            if improves || restoresBestWeights && state.bestWeights == nil {
                state.bestEpoch = epoch
                if restoresBestWeights { state.bestWeights = try session.weights }
            }
            guard improves else {
                guard state.wait >= patience, epoch > 0 else { return false }
                state.stoppedEpoch = epoch
                return true
            }
            state.best = value
            // Patience starts over only for an epoch that also beats the baseline.
            if baseline.map({ monitor.isBetter(value, than: $0) }) ?? true { state.wait = 0 }
            return false
        }
        if stops { session.stopTraining = true }
    }

    /// Gives the best weights back.
    ///
    /// - Throws: If the weights can't be written.
    public func onTrainEnd(_ session: TrainingSession) throws {
        let state = state.withLock { $0 }
        if verbose, let epoch = state.stoppedEpoch { session.say("Epoch \(epoch + 1): early stopping") }
        guard let weights = state.bestWeights else { return }
        if verbose {
            session.say("Restoring model weights from the end of the best epoch: \(state.bestEpoch + 1).")
        }
        try session.setWeights(weights)
    }
}
