/// A dataset that gives any of its batches by number: Keras' `Sequence`.
///
/// Batches are asked for from several tasks at once, in any order. With one worker or more, `batch(at:epoch:)` runs on
/// a thread made for it, so it may block on files and decompress; without workers it runs where the batch is asked for.
/// It must be a pure function of its arguments and of the epochs that have ended, or runs with different numbers of
/// workers will differ: in worker processes there are several copies of the source, and one copy sees only some of the
/// requests.
public protocol BatchSequence: Sendable {
    /// The number of batches in an epoch; asked for once, when a `BatchSource` is made of the sequence.
    var count: Int { get }

    /// The batch with the given number, 0 ..< `count`.
    func batch(at index: Int) async throws -> Batch

    /// The batch with the given number in an epoch; for sources whose content or order differs between epochs.
    ///
    /// The default calls `batch(at:)`.
    func batch(at index: Int, epoch: Int) async throws -> Batch

    /// The sample to blame for a batch that can't be made, and where it is; nil where the source can't tell.
    ///
    /// Asked for after `batch(at:epoch:)` has thrown an error that names no sample itself (`LocatedError`), by who asked
    /// for the batch. The default can't tell. A source that hands on another's batches hands on this as well.
    func fault(ofBatch index: Int, epoch: Int) async -> SampleFault?

    /// Called once after each pass over the source, when its last batch has been handed to the consumer and before any
    /// batch of the next pass is asked for; in worker processes, also once on each copy.
    func onEpochEnd() async

    /// What the batches and their order depend on, by name: a state that was saved under other settings is refused.
    ///
    /// What only changes how batches are made (workers, memory, who reads which part) does not belong here.
    var stateSettings: [String: StateValue] { get }
}

extension BatchSequence {
    /// The batch with the given number, the same in every epoch.
    public func batch(at index: Int, epoch: Int) async throws -> Batch { try await batch(at: index) }

    /// Nil.
    public func fault(ofBatch index: Int, epoch: Int) async -> SampleFault? { nil }

    /// Does nothing.
    public func onEpochEnd() async {}

    /// None.
    public var stateSettings: [String: StateValue] { [:] }
}
