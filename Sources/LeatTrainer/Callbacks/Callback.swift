/// Something that is called at the stages of a training, in the order in which the callbacks were given.
///
/// Hooks run on the trainer's thread, between two batches; a slow one slows training down. Epochs and batches count
/// from 0. What a hook throws ends the training with that error. Every hook does nothing by default.
///
/// A callback is `Sendable` because it travels to the trainer; one that remembers something keeps it in a `Mutex`.
public protocol Callback: Sendable {
    /// Called once before the first epoch.
    func onTrainBegin(_ session: TrainingSession) throws
    /// Called once after the last epoch; not when training ends by an error.
    func onTrainEnd(_ session: TrainingSession) throws
    /// Called before an epoch's first batch.
    func onEpochBegin(_ epoch: Int, _ session: TrainingSession) throws
    /// Called after an epoch's validation; what it adds to the logs is seen by later callbacks and kept in the history.
    func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) throws
    /// Called before a batch.
    func onBatchBegin(_ batch: Int, _ session: TrainingSession) throws
    /// Called after a batch with its own values, not the epoch's averages so far.
    func onBatchEnd(_ batch: Int, logs: MetricValues, _ session: TrainingSession) throws
}

extension Callback {
    /// Does nothing.
    public func onTrainBegin(_ session: TrainingSession) throws {}
    /// Does nothing.
    public func onTrainEnd(_ session: TrainingSession) throws {}
    /// Does nothing.
    public func onEpochBegin(_ epoch: Int, _ session: TrainingSession) throws {}
    /// Does nothing.
    public func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) throws {}
    /// Does nothing.
    public func onBatchBegin(_ batch: Int, _ session: TrainingSession) throws {}
    /// Does nothing.
    public func onBatchEnd(_ batch: Int, logs: MetricValues, _ session: TrainingSession) throws {}
}
