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

    var count: Int { begins[begins.count - 1] }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        begins.forEachRun(of: positions) { place, positions in
            let shard = shards[place]
            let samples = permutation(of: shard)
            for position in positions { ids.append(firstIDs[shard] + samples[position - begins[place]]) }
        }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        begins.forEachRun(of: positions) { place, _ in needs.note(shards[place]) }
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

extension PhiloxGenerator {
    /// Random numbers for shuffling; the offset keeps them apart from others drawn with the same seed.
    init(shuffleSeed seed: UInt64, epoch: Int, part: Int) {
        self.init(seed: seed &+ 0x5348_5546_464C_4521, stream: UInt64(truncatingIfNeeded: epoch) << 32 | UInt64(part))
    }

    /// A permutation of 0 ..< `count` by Fisher and Yates, spelled out so that it stays the same in every release.
    mutating func permutation(_ count: Int) -> [Int] {
        var numbers = Array(0..<count)
        guard count > 1 else { return numbers }
        for index in stride(from: count - 1, to: 0, by: -1) {
            // The high word of the product is uniform up to 2⁻³² for as many samples as a shard can have.
            numbers.swapAt(index, Int(next().multipliedFullWidth(by: UInt64(index + 1)).high))
        }
        return numbers
    }
}
