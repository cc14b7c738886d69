/// Ends training as soon as a batch's loss is not a number or infinite.
public struct TerminateOnNaN: Callback {
    /// A callback that watches the loss.
    public init() {}

    /// Looks at the batch's loss.
    public func onBatchEnd(_ batch: Int, logs: MetricValues, _ session: TrainingSession) {
        guard let loss = logs["loss"], !loss.isFinite else { return }
        session.say("Batch \(batch): Invalid loss, terminating training")
        session.stopTraining = true
    }
}
