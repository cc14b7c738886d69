import LeatCore

/// In which order the samples of an epoch come.
///
/// An order is a pure function of the shards' sizes, the seed and the epoch. It does not depend on the batch size, on
/// workers, or on what was read before.
protocol SampleOrder: Sendable {
    /// The ids of the samples at the given positions of the epoch; ids count all samples in the order of the shards.
    func samples(at positions: Range<Int>) -> [Int]
}

/// The samples as they were written.
struct SequentialOrder: SampleOrder {
    func samples(at positions: Range<Int>) -> [Int] { Array(positions) }
}

/// How a dataset is shuffled.
public enum ShardShuffle: String, Sendable, Hashable, Codable, CaseIterable {
    /// Samples come as they were written.
    case none
    /// Shards come in random order, and the samples of each in random order. Every epoch has another order, and a shard
    /// is read once an epoch.
    case shards

    /// The order of an epoch, for shards with the given numbers of samples.
    func order(shardSizes: [Int], seed: UInt64, epoch: Int) -> any SampleOrder {
        switch self {
        case .none: SequentialOrder()
        case .shards: ShardwiseOrder(shardSizes: shardSizes, seed: seed, epoch: epoch)
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
