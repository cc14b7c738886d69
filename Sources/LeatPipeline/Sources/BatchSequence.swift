/// A dataset that gives any of its batches by number: Keras' `Sequence`.
///
/// Batches are asked for from several tasks at once, in any order. `batch(at:epoch:)` runs on a worker thread made for
/// it, so it may block on files and decompress; it must be a pure function of its arguments, or runs with different
/// numbers of workers will differ.
public protocol BatchSequence: Sendable {
    /// The number of batches in an epoch.
    var count: Int { get }

    /// The batch with the given number, 0 ..< `count`.
    func batch(at index: Int) async throws -> Batch

    /// The batch with the given number in an epoch; for sources whose content or order differs between epochs.
    ///
    /// The default calls `batch(at:)`.
    func batch(at index: Int, epoch: Int) async throws -> Batch

    /// Called once after each epoch, when its last batch has been consumed and before the next epoch's first is read.
    func onEpochEnd() async
}

extension BatchSequence {
    /// The batch with the given number, the same in every epoch.
    public func batch(at index: Int, epoch: Int) async throws -> Batch { try await batch(at: index) }

    /// Does nothing.
    public func onEpochEnd() async {}
}
