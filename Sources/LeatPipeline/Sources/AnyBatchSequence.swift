/// A batch sequence of any type: for mixtures of different ones.
///
/// It can't go to worker processes.
public struct AnyBatchSequence: BatchSequence {
    /// The sequence itself.
    public let base: any BatchSequence

    /// Hides a sequence's type.
    public init(_ base: any BatchSequence) { self.base = base }

    /// The sequence's number of batches.
    public var count: Int { base.count }

    /// The sequence's batch.
    public func batch(at index: Int) async throws -> Batch { try await base.batch(at: index) }

    /// The sequence's batch in an epoch.
    public func batch(at index: Int, epoch: Int) async throws -> Batch { try await base.batch(at: index, epoch: epoch) }

    /// What the sequence says of a batch that can't be made.
    public func fault(ofBatch index: Int, epoch: Int) async -> SampleFault? {
        await base.fault(ofBatch: index, epoch: epoch)
    }

    /// Tells the sequence.
    public func onEpochEnd() async { await base.onEpochEnd() }

    /// The sequence's settings.
    public var stateSettings: [String: StateValue] { base.stateSettings }
}
