/// Sets the learning rate at the beginning of each epoch, and reports it as `learning_rate`.
public struct LearningRateScheduler: Callback {
    private let schedule: @Sendable (_ epoch: Int, _ learningRate: Double) -> Double
    private let verbose: Bool

    /// A callback that asks `schedule`, with the epoch from 0 and the present rate, for the rate to use.
    public init(
        verbose: Bool = false, _ schedule: @escaping @Sendable (_ epoch: Int, _ learningRate: Double) -> Double
    ) {
        self.schedule = schedule
        self.verbose = verbose
    }

    /// Sets the rate.
    ///
    /// - Throws: `TrainerError` if the schedule gives no finite number.
    public func onEpochBegin(_ epoch: Int, _ session: TrainingSession) throws {
        let rate = schedule(epoch, session.learningRate)
        guard rate.isFinite else {
            throw TrainerError(
                .invalidArgument,
                "The learning rate schedule gave \(rate) for epoch \(epoch); it must be a finite number.")
        }
        session.learningRate = rate
        if verbose {
            session.say("\nEpoch \(epoch + 1): LearningRateScheduler setting learning rate to \(rate).")
        }
    }

    /// Reports the rate.
    public func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) {
        logs["learning_rate"] = session.learningRate
    }
}
