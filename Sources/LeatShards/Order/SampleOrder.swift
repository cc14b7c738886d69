/// In which order the samples of an epoch come.
///
/// An order is a pure function of the shards' sizes, the seed and the epoch. It does not depend on the batch size, on
/// workers, or on what was read before. Its positions count from 0; ids count all samples in the order of the shards.
protocol SampleOrder: Sendable {
    /// How many positions the epoch has.
    var count: Int { get }

    /// Appends the ids of the samples at the given positions, which must be within 0 ..< `count`.
    func appendSamples(at positions: Positions, to ids: inout [Int])

    /// Notes the shards of the samples at the given positions, in the order in which they are needed.
    func noteShards(at positions: Positions, in needs: inout ShardNeeds)
}

extension SampleOrder {
    /// The ids of the samples at the given positions, which must be within 0 ..< `count`.
    func samples(at positions: Range<Int>) -> [Int] {
        var ids: [Int] = []
        ids.reserveCapacity(positions.count)
        appendSamples(at: Positions(positions), to: &ids)
        return ids
    }

    /// The shards of the samples at the given positions, each once, in the order in which they are first needed.
    ///
    /// Positions outside of 0 ..< `count` are left out, so a reader ahead need not know where the epoch ends.
    func shards(at positions: Range<Int>) -> [Int] {
        var needs = ShardNeeds()
        noteShards(at: Positions(positions.clamped(to: 0..<count)), in: &needs)
        return needs.shards
    }
}

/// Shards in the order in which they are first needed.
struct ShardNeeds {
    /// Each shard once.
    private(set) var shards: [Int] = []
    private var known: Set<Int> = []

    /// Notes that a shard is needed now, if it was not before.
    mutating func note(_ shard: Int) {
        if shard != shards.last, known.insert(shard).inserted { shards.append(shard) }
    }

    /// Notes the shard of a sample; `current` are the ids of the shard that was noted before.
    mutating func note(shardOf id: Int, _ shardStarts: [Int], _ current: inout Range<Int>) {
        if current.contains(id) { return }
        let shard = shardStarts.run(containing: id)
        current = shardStarts[shard]..<shardStarts[shard + 1]
        note(shard)
    }
}
