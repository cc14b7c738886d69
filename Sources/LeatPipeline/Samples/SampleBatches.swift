import LeatCore
import Synchronization

/// Batches of the samples of a sequence: a function of the sequence, the settings and the epoch.
public struct SampleBatches: BatchSequence {
    let samples: any SampleSequence
    let collation: Collation
    private let bucketing: Bucketing
    /// The bucket of each sample; nil where there is one bucket.
    private let buckets: [UInt16]?
    private let dropRemainder: Bool
    private let shuffleSeed: UInt64?
    /// How samples become batches; nil where they are put into buckets first.
    private let plan: BatchPlan?
    private let plans = EpochPlans()

    /// The number of batches in an epoch.
    public let count: Int

    /// Batches as a plan says.
    init(
        _ samples: some SampleSequence, _ collation: Collation, _ plan: BatchPlan, shuffleSeed: UInt64?
    ) throws(PipelineError) {
        self.samples = samples
        self.collation = collation
        self.plan = plan
        self.shuffleSeed = shuffleSeed
        bucketing = try Bucketing(batchSize: plan.batchSize)
        buckets = nil
        dropRemainder = plan.dropRemainder
        count = plan.count
    }

    /// Batches of buckets; `buckets` says which one each sample belongs to.
    init(
        _ samples: some SampleSequence, _ collation: Collation, _ bucketing: Bucketing, buckets: [UInt16],
        dropRemainder: Bool, shuffleSeed: UInt64?
    ) {
        self.samples = samples
        self.collation = collation
        self.bucketing = bucketing
        self.buckets = buckets
        self.dropRemainder = dropRemainder
        self.shuffleSeed = shuffleSeed
        plan = nil
        var sizes = Array(repeating: 0, count: bucketing.batchSizes.count)
        for bucket in buckets { sizes[Int(bucket)] += 1 }
        // How many batches a bucket makes does not depend on the order.
        count = zip(sizes, bucketing.batchSizes).reduce(0) { total, bucket in
            let (whole, rest) = bucket.0.quotientAndRemainder(dividingBy: bucket.1)
            return total + whole + (rest > 0 && !dropRemainder ? 1 : 0)
        }
    }

    /// The number of samples.
    public var sampleCount: Int { samples.count }

    /// How samples are put into batches, and how they are shuffled; what they hold is the sequence's to know.
    public var stateSettings: [String: StateValue] {
        let sizes = bucketing.batchSizes.map(String.init).joined(separator: ", ")
        var settings: [String: StateValue] = [
            "samples": .number(UInt64(sampleCount)), "batchSize": .text(sizes), "dropRemainder": .flag(dropRemainder),
        ]
        if !bucketing.boundaries.isEmpty {
            settings["boundaries"] = .text(bucketing.boundaries.map(String.init).joined(separator: ", "))
        }
        settings["seed"] = shuffleSeed.map { .number($0) }
        return settings.merging(plan?.remainderSettings ?? [:]) { $1 }
    }

    /// The batch of the first epoch with the given number.
    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    /// The batch with the given number in an epoch.
    ///
    /// - Throws: `PipelineError` if there is no such batch or its samples don't fit together, and what the source or a
    ///   transformation throws.
    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        guard 0..<count ~= index else {
            throw PipelineError(.invalidSetting, "There is no batch \(index); an epoch has \(count) batches.")
        }
        return try collation.batch(of: try await samples.samples(at: numbers(of: index, epoch: epoch), epoch: epoch))
    }

    /// The numbers of a batch's samples.
    func numbers(of index: Int, epoch: Int) -> [Int] {
        if let plan {
            let positions = plan.positions(ofBatch: index)
            if shuffleSeed == nil { return positions }
            let numbers = plans.plan(of: epoch) { Plan(numbers: order(of: epoch), starts: []) }.numbers
            return positions.map { Int(numbers[$0]) }
        }
        let plan = plans.plan(of: epoch) { bucketed(epoch) }
        return plan.numbers[plan.starts[index]..<plan.starts[index + 1]].map { Int($0) }
    }

    private func order(of epoch: Int) -> [Int64] {
        guard let shuffleSeed else { return (0..<Int64(sampleCount)).map { $0 } }
        return BatchOrder(count: sampleCount, shuffledBy: shuffleSeed, epoch: epoch).map { Int64($0) }
    }

    /// Walks an epoch's order; a bucket that is full is the next batch, and those that are not come last.
    private func bucketed(_ epoch: Int) -> Plan {
        var plan = Plan(numbers: [], starts: [0])
        plan.numbers.reserveCapacity(sampleCount)
        var state = Buckets<Int64>(bucketing)
        for number in order(of: epoch) {
            if let full = state.add(number, toBucket: Int(buckets?[Int(number)] ?? 0)) { plan.append(full) }
        }
        while !dropRemainder, let rest = state.takeRemainder() { plan.append(rest) }
        return plan
    }

    struct Plan: Sendable {
        var numbers: [Int64]
        /// Where each batch begins in `numbers`, and the end; empty where all batches are of one size.
        var starts: [Int]

        mutating func append(_ batch: [Int64]) {
            numbers += batch
            starts.append(numbers.count)
        }
    }
}

/// The plans of the epochs that are being read: this one, and the next while it is being prefetched.
private final class EpochPlans: Sendable {
    private let kept = Lock<[(epoch: Int, plan: SampleBatches.Plan)]>([])

    func plan(of epoch: Int, make: () -> SampleBatches.Plan) -> SampleBatches.Plan {
        kept.withLock { kept in
            if let known = kept.first(where: { $0.epoch == epoch }) { return known.plan }
            let plan = make()
            if kept.count == 2 { kept.removeFirst() }
            kept.append((epoch, plan))
            return plan
        }
    }
}
