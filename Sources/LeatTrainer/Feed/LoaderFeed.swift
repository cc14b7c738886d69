import LeatPipeline

/// Batches that a loader prepares ahead, in tasks or processes.
final class LoaderFeed: BatchFeed {
    let stepsPerEpoch: Int
    var samplesPerEpoch: Int? { nil }
    private(set) var isExhausted = false

    private let stream: BatchStream
    private let reportsSpeed: Bool
    /// The places of the epoch that are used up, those of skipped batches included.
    private var place = 0
    /// The faults of which the user has been told.
    private var faultsTold = 0
    /// What the loader had counted when the epoch began.
    private var before = LoaderStatistics()

    /// The batches of a running loader, of which an epoch has `stepsPerEpoch`.
    init(_ stream: BatchStream, stepsPerEpoch: Int, reportsSpeed: Bool = false) {
        self.stream = stream
        self.stepsPerEpoch = stepsPerEpoch
        self.reportsSpeed = reportsSpeed
    }

    /// Begins to count: the batches go on where those of the epoch before stopped.
    func beginEpoch(_ epoch: Int) {
        place = 0
        before = stream.statistics
    }

    func next() async throws -> FedBatch? {
        while place < stepsPerEpoch {
            guard let next = try await stream.nextPlace() else {
                isExhausted = true
                return nil
            }
            place += 1
            if case .batch(let batch) = next { return FedBatch(batch) }
        }
        return nil
    }

    func takeWarnings() -> [String] {
        let faults = stream.faults.dropFirst(faultsTold)
        faultsTold += faults.count
        return faults.map(\.description)
    }

    var speedReport: String? { reportsSpeed ? stream.statistics.since(before).summary : nil }
}
