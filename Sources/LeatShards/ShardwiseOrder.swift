import LeatCore
import Synchronization

/// Shards in random order, the samples of each in random order.
final class ShardwiseOrder: SampleOrder {
    /// How many shards' permutations are kept: neighbouring batches want the same ones.
    private static let kept = 4

    private let seed: UInt64
    private let epoch: Int
    private let shardSizes: [Int]
    /// The id of each shard's first sample.
    private let firstIDs: [Int]
    /// The shards in their order in this epoch, and the position at which each begins.
    private let shards: [Int]
    private let begins: [Int]
    private let permutations = Mutex<[(shard: Int, samples: [Int])]>([])

    init(shardSizes: [Int], seed: UInt64, epoch: Int) {
        self.seed = seed
        self.epoch = epoch
        self.shardSizes = shardSizes
        firstIDs = shardSizes.startsOfRuns
        var generator = PhiloxGenerator(shuffleSeed: seed, epoch: epoch, part: 0)
        let shards = generator.permutation(shardSizes.count)
        self.shards = shards
        begins = shards.map { shardSizes[$0] }.startsOfRuns
    }

    func samples(at positions: Range<Int>) -> [Int] {
        var ids: [Int] = []
        ids.reserveCapacity(positions.count)
        var position = positions.lowerBound
        while position < positions.upperBound {
            let place = begins.run(containing: position)
            let shard = shards[place]
            let end = min(begins[place + 1], positions.upperBound)
            let samples = permutation(of: shard)
            for sample in samples[(position - begins[place])..<(end - begins[place])] {
                ids.append(firstIDs[shard] + sample)
            }
            position = end
        }
        return ids
    }

    private func permutation(of shard: Int) -> [Int] {
        permutations.withLock { kept in
            if let known = kept.first(where: { $0.shard == shard }) { return known.samples }
            var generator = PhiloxGenerator(shuffleSeed: seed, epoch: epoch, part: shard + 1)
            let samples = generator.permutation(shardSizes[shard])
            if kept.count == Self.kept { kept.removeFirst() }
            kept.append((shard, samples))
            return samples
        }
    }
}

extension [Int] {
    /// For the lengths of runs: where each begins, and where the last one ends.
    var startsOfRuns: [Int] {
        var starts = [0]
        starts.reserveCapacity(count + 1)
        var total = 0
        for length in self {
            total += length
            starts.append(total)
        }
        return starts
    }

    /// For the starts of runs: the run, not an empty one, that contains a position before the last end.
    func run(containing position: Int) -> Int {
        var low = 0
        var high = count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle] <= position { low = middle } else { high = middle }
        }
        return low
    }
}
