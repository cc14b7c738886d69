import LeatPipeline

/// The batches of a training, an evaluation or a prediction in their order; the loops know no other source.
///
/// A feed belongs to the trainer that runs the loop. `next` suspends only where batches come from elsewhere, so that
/// a loop over tensors in memory is a plain loop.
protocol BatchFeed: AnyObject {
    /// The batches of an epoch.
    var stepsPerEpoch: Int { get }
    /// The samples of an epoch; nil if nobody knows.
    var samplesPerEpoch: Int? { get }

    /// Gets ready for the epoch's first batch.
    func beginEpoch(_ epoch: Int) async throws

    /// The next batch; nil if the data ended early.
    func next() async throws -> FedBatch?
}
