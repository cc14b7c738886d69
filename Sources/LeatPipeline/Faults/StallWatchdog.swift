/// Tells a consumer that waits for too long which stage waits for what.
struct StallWatchdog: Sendable {
    let time: Duration
    /// What each worker does, a sentence each.
    let workers: @Sendable () -> [String]

    /// The error that the consumer gets in place of a batch; the batch can be asked for again.
    func error(_ queue: QueueSituation) -> PipelineError {
        let awaited = queue.batch.map { "batch \($0) of epoch \(queue.epoch)" } ?? "the epoch after \(queue.epoch)"
        let stage =
            switch queue.stage {
            case .making:
                "which is being made; of \(queue.window) batches in the queue, which holds \(queue.capacity), "
                    + "\(queue.ready) are ready"
            case .unclaimed: "which no worker has asked the source for"
            case .passEnd: "which is asked for when onEpochEnd() of the source has returned"
            }
        let sentences = ["The consumer has waited \(time) for \(awaited), \(stage)."] + workers()
        return PipelineError(.stalled, sentences.joined(separator: " "))
    }
}
