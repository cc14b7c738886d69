import LeatPipeline

/// Batches that a loader prepares ahead, in tasks or processes.
final class LoaderFeed: BatchFeed {
    let stepsPerEpoch: Int
    var samplesPerEpoch: Int? { nil }
    private(set) var isExhausted = false

    /// The epoch's batches that an earlier run has consumed.
    private(set) var firstStep = 0
    var loaderState: LoaderState? { stream.state }

    private let stream: BatchStream
    private let reportsSpeed: Bool
    /// The batches of the epoch to come that an earlier run has consumed.
    private var consumed: Int
    /// The places of the epoch that are used up, those of skipped batches included.
    private var place = 0
    /// The faults of which the user has been told.
    private var faultsTold: Int
    /// What the loader had counted when the epoch began.
    private var before = LoaderStatistics()

    /// The batches of a running loader, of which an epoch has `stepsPerEpoch`; of the first only those from `firstStep`.
    init(_ stream: BatchStream, stepsPerEpoch: Int, firstStep: Int = 0, reportsSpeed: Bool = false) {
        self.stream = stream
        self.stepsPerEpoch = stepsPerEpoch
        self.reportsSpeed = reportsSpeed
        consumed = firstStep
        faultsTold = stream.faults.count
    }

    /// Begins to count: the batches go on where those of the epoch before stopped.
    func beginEpoch(_ epoch: Int) {
        firstStep = consumed
        consumed = 0
        place = firstStep
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
        return Self.warnings(Array(faults))
    }

    /// One warning for neighbouring faults that have the same reason: a damaged shard costs many batches.
    private static func warnings(_ faults: [BatchFault]) -> [String] {
        func isLike(_ fault: BatchFault, _ other: BatchFault) -> Bool {
            fault.epoch == other.epoch && fault.file == other.file && fault.reason == other.reason
                && (fault.replacement == nil) == (other.replacement == nil)
        }
        var warnings: [String] = []
        var rest = faults[...]
        while let first = rest.first {
            let group = rest.prefix { isLike($0, first) }
            rest = rest.dropFirst(group.count)
            let others = Set(group.map(\.batch)).subtracting([first.batch])
            let range = "\(others.min() ?? 0) to \(others.max() ?? 0)"
            let more =
                others.count < 2
                ? others.map { " So it was with batch \($0)." }.joined()
                : " So it was with \(others.count) others, of the batches \(range)."
            warnings.append(first.description + more)
        }
        return warnings
    }

    var speedReport: String? { reportsSpeed ? stream.statistics.since(before).summary : nil }
}
