/// Calls closures at the stages of a training.
///
/// ```swift
/// LambdaCallback(onEpochEnd: { epoch, logs, session in if logs.loss < 0.01 { session.stopTraining = true } })
/// ```
public struct LambdaCallback: Callback {
    /// Called for an epoch or a batch that begins.
    public typealias Begin = @Sendable (Int, TrainingSession) throws -> Void
    /// Called for a batch that ended, with its values.
    public typealias BatchEnd = @Sendable (Int, MetricValues, TrainingSession) throws -> Void
    /// Called for an epoch that ended, with its values, to which it may add.
    public typealias EpochEnd = @Sendable (Int, inout MetricValues, TrainingSession) throws -> Void
    /// Called for a training that begins or ends.
    public typealias Train = @Sendable (TrainingSession) throws -> Void

    private let epochBegin: Begin?
    private let epochEnd: EpochEnd?
    private let batchBegin: Begin?
    private let batchEnd: BatchEnd?
    private let trainBegin: Train?
    private let trainEnd: Train?

    /// A callback of the given closures, in Keras' order.
    public init(
        onEpochBegin: Begin? = nil, onEpochEnd: EpochEnd? = nil, onBatchBegin: Begin? = nil,
        onBatchEnd: BatchEnd? = nil, onTrainBegin: Train? = nil, onTrainEnd: Train? = nil
    ) {
        epochBegin = onEpochBegin
        epochEnd = onEpochEnd
        batchBegin = onBatchBegin
        batchEnd = onBatchEnd
        trainBegin = onTrainBegin
        trainEnd = onTrainEnd
    }

    /// Calls its closure.
    public func onTrainBegin(_ session: TrainingSession) throws { try trainBegin?(session) }
    /// Calls its closure.
    public func onTrainEnd(_ session: TrainingSession) throws { try trainEnd?(session) }
    /// Calls its closure.
    public func onEpochBegin(_ epoch: Int, _ session: TrainingSession) throws { try epochBegin?(epoch, session) }
    /// Calls its closure.
    public func onEpochEnd(_ epoch: Int, logs: inout MetricValues, _ session: TrainingSession) throws {
        try epochEnd?(epoch, &logs, session)
    }
    /// Calls its closure.
    public func onBatchBegin(_ batch: Int, _ session: TrainingSession) throws { try batchBegin?(batch, session) }
    /// Calls its closure.
    public func onBatchEnd(_ batch: Int, logs: MetricValues, _ session: TrainingSession) throws {
        try batchEnd?(batch, logs, session)
    }
}
