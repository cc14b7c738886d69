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
    /// The batches of the epoch that an earlier run has consumed.
    var firstStep: Int { get }
    /// What is to be kept to go on with the next batch in another run; nil if nobody can.
    var loaderState: LoaderState? { get }

    /// Gets ready for the epoch's first batch.
    func beginEpoch(_ epoch: Int) async throws

    /// The next batch of the epoch; nil if there is none, because some were left out or because the data ended early.
    func next() async throws -> FedBatch?

    /// Whether the data has ended.
    var isExhausted: Bool { get }

    /// Where the time of the epoch went, in one line; nil if nobody asked or knows.
    var speedReport: String? { get }

    /// What the user should know of the batches so far, each told once.
    func takeWarnings() -> [String]
}

extension BatchFeed {
    /// A feed that leaves nothing out ends with its data.
    var isExhausted: Bool { true }

    var speedReport: String? { nil }

    func takeWarnings() -> [String] { [] }
}

extension BatchFeed {
    /// None: epochs start at their first batch.
    var firstStep: Int { 0 }
    /// None.
    var loaderState: LoaderState? { nil }
}
