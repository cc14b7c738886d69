#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// How well an order is shuffled, as MosaicML Streaming's simulator measures it.
///
/// Of the distances between the ids of neighbours in the order, and of those between their shards, the Shannon entropy
/// in bits: 0 for samples as they were written, and close to the logarithm of the number of samples, or of shards, where
/// any sample may follow any other.
public struct ShuffleQuality: Sendable, Hashable {
    /// The entropy of the distances between samples.
    public let samples: Double
    /// The entropy of the distances between their shards.
    public let shards: Double

    /// The simulator's one number: the harmonic mean of the two; 0 where both are.
    public var score: Double { samples + shards > 0 ? 2 * samples * shards / (samples + shards) : 0 }

    /// The quality of a shuffle's order for shards with the given numbers of samples.
    ///
    /// Takes memory for all samples, and a second for ten million or so.
    ///
    /// - Throws: `ShardError` if the shuffle's parameters don't fit, or a size is negative.
    public init(
        of shuffle: ShardShuffle, shardSizes: [Int], seed: UInt64 = 0, epoch: Int = 0
    ) throws(ShardError) {
        guard shardSizes.allSatisfy({ 0...Int(UInt32.max) ~= $0 }) else {
            throw ShardError(.outOfRange, "", "Shards have from 0 to \(UInt32.max) samples each.")
        }
        let units = SampleUnits(shardSizes: shardSizes)
        if let problem = shuffle.problem(sampleCount: units.count) {
            throw ShardError(.outOfRange, "", "A dataset of \(units.count) samples can't be shuffled \(problem).")
        }
        self.init(shuffle.order(of: units, seed: seed, epoch: epoch), shardStarts: units.shardStarts)
    }

    init(_ order: any SampleOrder, shardStarts: [Int]) {
        var samples = Distances(limit: shardStarts[shardStarts.count - 1])
        var shards = Distances(limit: shardStarts.count)
        var position = 0
        while position < order.count {
            let end = min(position + 1 << 12, order.count)
            for id in order.samples(at: position..<end) {
                samples.add(id)
                shards.add(shardStarts.run(containing: id))
            }
            position = end
        }
        self.samples = samples.entropy
        self.shards = shards.entropy
    }
}

extension ShardDataset {
    /// How well an epoch is shuffled, as it is read here.
    public func shuffleQuality(epoch: Int = 0) -> ShuffleQuality {
        ShuffleQuality(order(epoch: epoch), shardStarts: samples.starts)
    }
}

/// How often each distance between neighbours comes.
private struct Distances {
    private var counts: [UInt32]
    private var last: Int?
    private var total = 0

    /// Counts distances between numbers below the limit.
    init(limit: Int) { counts = Array(repeating: 0, count: max(limit, 1)) }

    mutating func add(_ number: Int) {
        if let last {
            counts[abs(number - last)] += 1
            total += 1
        }
        last = number
    }

    var entropy: Double {
        -counts.lazy.filter { $0 > 0 }.reduce(0) { sum, count in
            let share = Double(count) / Double(total)
            return sum + share * log2(share)
        }
    }
}
