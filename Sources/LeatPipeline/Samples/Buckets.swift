/// Which samples go together by their lengths, and how many make a batch.
struct Bucketing: Sendable, Hashable {
    /// The least length of each bucket but the first, ascending.
    let boundaries: [Int]
    /// The size of a batch in each bucket.
    let batchSizes: [Int]

    /// - Throws: `PipelineError` if boundaries don't ascend, or sizes are not positive and one more than boundaries.
    init(boundaries: [Int], batchSizes: [Int]) throws(PipelineError) {
        guard zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw PipelineError(.invalidSetting, "The boundaries of buckets must ascend, and \(boundaries) don't.")
        }
        guard batchSizes.count == boundaries.count + 1, batchSizes.allSatisfy({ $0 > 0 }) else {
            throw PipelineError(
                .invalidSetting,
                "\(boundaries.count) boundaries make \(boundaries.count + 1) buckets, each with a positive batch size; "
                    + "the sizes are \(batchSizes).")
        }
        self.boundaries = boundaries
        self.batchSizes = batchSizes
    }

    /// One bucket.
    init(batchSize: Int) throws(PipelineError) { try self.init(boundaries: [], batchSizes: [batchSize]) }

    /// The bucket of a length.
    func bucket(of length: Int) -> Int {
        var low = 0
        var high = boundaries.count
        while low < high {
            let middle = (low + high) / 2
            if boundaries[middle] <= length { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Collects members in buckets until one is full: the state of a bucketed pass.
struct Buckets<Member> {
    let bucketing: Bucketing
    private var waiting: [[Member]]

    init(_ bucketing: Bucketing) {
        self.bucketing = bucketing
        waiting = Array(repeating: [], count: bucketing.batchSizes.count)
    }

    /// Takes a member; its bucket's members if it is full now.
    mutating func add(_ member: Member, toBucket bucket: Int) -> [Member]? {
        waiting[bucket].append(member)
        guard waiting[bucket].count == bucketing.batchSizes[bucket] else { return nil }
        defer { waiting[bucket] = [] }
        return waiting[bucket]
    }

    /// One of the buckets that are not full, the shortest first; nil when all are empty.
    mutating func takeRemainder() -> [Member]? {
        guard let bucket = waiting.firstIndex(where: { !$0.isEmpty }) else { return nil }
        defer { waiting[bucket] = [] }
        return waiting[bucket]
    }
}
