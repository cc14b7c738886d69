import LeatPipeline

/// Batches that a loader prepares ahead, in tasks or processes.
final class LoaderFeed: BatchFeed {
    let stepsPerEpoch: Int
    var samplesPerEpoch: Int? { nil }

    private let stream: BatchStream

    /// The batches of a running loader, of which an epoch has `stepsPerEpoch`.
    init(_ stream: BatchStream, stepsPerEpoch: Int) {
        self.stream = stream
        self.stepsPerEpoch = stepsPerEpoch
    }

    /// Does nothing: an epoch goes on where the one before stopped.
    func beginEpoch(_ epoch: Int) {}

    func next() async throws -> FedBatch? { try await stream.next().map(FedBatch.init) }
}
