/// Where a loader's time goes: if the consumer waits, the source is too slow; if the producers wait, the model is.
public struct LoaderStatistics: Sendable, Hashable {
    /// The batches handed to the consumer, those that failed included.
    public var batchesDelivered = 0
    /// How long the consumer has waited for batches.
    public var consumerWaited = Duration.zero
    /// How long producers have waited for room in the queue, all of them added up.
    public var producersWaited = Duration.zero

    /// Nothing delivered yet.
    public init() {}
}
