import LeatCore
import Synchronization

/// Which shards the coming batches need, as far as there is memory for them.
///
/// Batches are taken to be asked for in order, by several who are a little apart. Where they are not, as under a
/// shuffled order of batches, nothing is read ahead until they are again.
struct ReadAhead {
    /// Requests so far from the latest one are in order still.
    private static let nearness = 64
    /// A batch that so many have followed is not being made any more.
    private static let lag = 16
    /// The batches are looked through in pieces of so many samples, and at a request so many pieces at most.
    private static let pieceSampleCount = 2048
    private static let mostPieces = 32

    private let batchCount: Int
    private let byteCounts: [Int]
    private let budget: Int
    private let pieceBatchCount: Int

    private var epoch: Int?
    private var latest = 0
    private var isInOrder = true
    /// The batches up to here have been looked through.
    private var seenBatches = 0
    /// The shards that are needed from now on, the first one first.
    private var needs: [Int] = []
    /// For each, the batch after the last that is known to need it.
    private var ends: [Int: Int] = [:]
    /// The batch at which needs are looked through next for those that are over.
    private var nextForgetting = 0
    private var byteCount = 0

    /// For epochs of so many batches, and shards of the given unpacked sizes.
    init(batchCount: Int, batchSize: Int, byteCounts: [Int], budget: Int) {
        self.batchCount = batchCount
        self.byteCounts = byteCounts
        self.budget = budget
        pieceBatchCount = max(1, Self.pieceSampleCount / batchSize)
    }

    /// Notes that a batch is being made.
    ///
    /// - Parameters:
    ///   - batch: The number of the batch.
    ///   - epoch: The epoch.
    ///   - shards: The shards that a range of this epoch's batches needs, in order.
    /// - Returns: The shards that are needed from now on, if these are not the same as before.
    mutating func advance(to batch: Int, epoch: Int, shards: (Range<Int>) -> [Int]) -> [Int]? {
        var hasChanged = follow(batch, epoch)
        guard isInOrder else { return hasChanged ? [] : nil }
        if forget() { hasChanged = true }
        for _ in 0..<Self.mostPieces {
            guard seenBatches < batchCount, byteCount < budget, needs.count < byteCounts.count else { break }
            let end = min(seenBatches + pieceBatchCount, batchCount)
            if note(shards(seenBatches..<end), end: end) { hasChanged = true }
            seenBatches = end
        }
        return hasChanged ? needs : nil
    }

    /// Sees whether requests come in order, and begins anew where they jump; says whether it did.
    private mutating func follow(_ batch: Int, _ epoch: Int) -> Bool {
        guard let current = self.epoch else { return begin(batch, epoch, isInOrder: true) }
        if epoch == current, abs(batch - latest) <= Self.nearness {
            if !isInOrder { return begin(batch, epoch, isInOrder: true) }
            latest = max(latest, batch)
            return false
        }
        // A straggler of the last epoch changes nothing.
        if epoch == current - 1, isInOrder, batch >= batchCount - Self.nearness { return false }
        return begin(batch, epoch, isInOrder: epoch == current + 1 && batch < Self.nearness)
    }

    private mutating func begin(_ batch: Int, _ epoch: Int, isInOrder: Bool) -> Bool {
        self.epoch = epoch
        self.isInOrder = isInOrder
        (latest, seenBatches, nextForgetting, byteCount) = (batch, batch, batch, 0)
        let hadNeeds = !needs.isEmpty
        (needs, ends) = ([], [:])
        return hadNeeds
    }

    /// Leaves out the shards that no batch needs any more, where that makes room; says whether there were any.
    private mutating func forget() -> Bool {
        guard latest >= nextForgetting, byteCount >= budget, needs.count < byteCounts.count else { return false }
        nextForgetting = latest + max(1, pieceBatchCount / 4)
        let count = needs.count
        needs.removeAll { shard in
            guard ends[shard, default: 0] <= latest - Self.lag else { return false }
            ends[shard] = nil
            byteCount -= byteCounts[shard]
            return true
        }
        return needs.count < count
    }

    /// Notes what is needed before a batch; says whether there is something new.
    private mutating func note(_ shards: [Int], end: Int) -> Bool {
        let count = needs.count
        for shard in shards where ends.updateValue(end, forKey: shard) == nil {
            needs.append(shard)
            byteCount += byteCounts[shard]
        }
        return needs.count > count
    }
}

/// Tells a cache what to read ahead.
final class ReadAheadGuide: Sendable {
    private let state: Lock<ReadAhead>
    private let cache: ShardCache

    init(_ readAhead: ReadAhead, _ cache: ShardCache) {
        state = Lock(readAhead)
        self.cache = cache
    }

    /// Notes that a batch is being made; `shards` says which shards a range of its epoch's batches needs.
    ///
    /// Where several do so at a time, one is enough.
    func advance(to batch: Int, epoch: Int, shards: (Range<Int>) -> [Int]) {
        let needs = state.withLockIfAvailable { $0.advance(to: batch, epoch: epoch, shards: shards) }
        if let needs, let needs { cache.readAhead(needs) }
    }
}
