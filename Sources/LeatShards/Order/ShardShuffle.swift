/// How a dataset is shuffled.
///
/// All but `none` give each epoch another order, a pure function of the shards' sizes, the seed and the epoch.
/// `docs/order.md` compares them: what they mix, what they read, and what they cost.
public struct ShardShuffle: Sendable, Hashable {
    /// The ways of shuffling, by name.
    public enum Algorithm: String, Sendable, Hashable, Codable, CaseIterable {
        case none, shards, global, naive, py1s, py2s, py1br, py1e
    }

    /// The way of shuffling.
    public let algorithm: Algorithm
    /// Over how many samples those of a shard are spread; nil where the way knows no blocks.
    public let blockSize: Int?
    /// Between how many nodes Streaming divides the samples, for good; nil where the way knows no nodes.
    public let canonicalNodes: Int?

    /// A way of shuffling with its parameters; those that it does not know are left out.
    ///
    /// - Parameters:
    ///   - algorithm: The way.
    ///   - blockSize: Over how many samples those of a shard are spread, 2 to 2³¹; by default Streaming's, the larger of
    ///     4,000,000 / `canonicalNodes` and 262,144.
    ///   - canonicalNodes: Between how many nodes samples are divided for good, at most as many as samples.
    public init(_ algorithm: Algorithm, blockSize: Int? = nil, canonicalNodes: Int = 1) {
        self.algorithm = algorithm
        switch algorithm {
        case .none, .shards, .global:
            self.blockSize = nil
            self.canonicalNodes = nil
        case .naive, .py1s, .py2s:
            self.blockSize = nil
            self.canonicalNodes = canonicalNodes
        case .py1br, .py1e:
            self.blockSize = blockSize ?? max(4_000_000 / max(canonicalNodes, 1), 1 << 18)
            self.canonicalNodes = canonicalNodes
        }
    }

    /// Samples come as they were written.
    public static let none = ShardShuffle(.none)
    /// Shards come in random order, and the samples of each in random order; a shard is read once an epoch.
    public static let shards = ShardShuffle(.shards)
    /// Any sample may follow any other, in no memory; each batch needs about as many shards as it has samples.
    public static let global = ShardShuffle(.global)
    /// Streaming's `naive`: as `global`, by NumPy's permutation.
    public static let naive = ShardShuffle(.naive)
    /// Streaming's `py1s` with one canonical node: as `shards`, by NumPy's shuffles.
    public static let py1s = ShardShuffle(.py1s)
    /// Streaming's `py2s` with one canonical node: as `py1s`; shards that nodes share are divided at random.
    public static let py2s = ShardShuffle(.py2s)
    /// Streaming's `py1br` with one canonical node: samples are shuffled within blocks of shards.
    public static let py1br = ShardShuffle(.py1br)
    /// Streaming's `py1e` with one canonical node: the samples of each shard are spread over about a block.
    public static let py1e = ShardShuffle(.py1e)
}

extension ShardShuffle: CustomStringConvertible {
    /// The name, with the parameters that there are: `py1e(blockSize: 262144, canonicalNodes: 1)`.
    public var description: String {
        let parameters = [("blockSize", blockSize), ("canonicalNodes", canonicalNodes)]
            .compactMap { name, value in value.map { "\(name): \($0)" } }
        return algorithm.rawValue + (parameters.isEmpty ? "" : "(\(parameters.joined(separator: ", ")))")
    }
}

extension ShardShuffle: Codable {
    private enum CodingKeys: CodingKey { case algorithm, blockSize, canonicalNodes }

    /// Reads a name, or a name with parameters.
    public init(from decoder: any Decoder) throws {
        if let name = try? decoder.singleValueContainer().decode(Algorithm.self) {
            self.init(name)
            return
        }
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            try fields.decode(Algorithm.self, forKey: .algorithm),
            blockSize: try fields.decodeIfPresent(Int.self, forKey: .blockSize),
            canonicalNodes: try fields.decodeIfPresent(Int.self, forKey: .canonicalNodes) ?? 1)
    }

    /// Writes a name where there are no parameters, and otherwise an object.
    public func encode(to encoder: any Encoder) throws {
        guard canonicalNodes != nil else {
            var field = encoder.singleValueContainer()
            return try field.encode(algorithm)
        }
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(algorithm, forKey: .algorithm)
        try fields.encodeIfPresent(blockSize, forKey: .blockSize)
        try fields.encodeIfPresent(canonicalNodes, forKey: .canonicalNodes)
    }
}

extension ShardShuffle {
    /// Whether samples are numbered in 32 bits, as in Streaming's shuffles.
    private var isNarrow: Bool { canonicalNodes != nil }

    /// What is wrong with the parameters for as many samples, of a dataset of as many, in words that follow "can't be
    /// shuffled"; nil if nothing.
    func problem(sampleCount: Int, datasetCount: Int = 0) -> String? {
        if let blockSize, !(2...1 << 31).contains(blockSize) {
            return "in blocks of \(blockSize) samples; blockSize must be from 2 to \(1 << 31)"
        }
        if let canonicalNodes, !(1...max(sampleCount, 1)).contains(canonicalNodes) {
            return "for \(canonicalNodes) canonical nodes; there must be at least one, and a sample for each"
        }
        if isNarrow, max(sampleCount, datasetCount) > UInt32.max {
            return "by \(algorithm), which orders at most \(UInt32.max) samples; use `shards` or `global`"
        }
        return nil
    }

    /// How many positions an order of as many samples has: more than samples where canonical nodes are evened out.
    func positionCount(sampleCount: Int) -> Int {
        let nodes = canonicalNodes ?? 1
        return (sampleCount + nodes - 1) / nodes * nodes
    }

    /// The order of an epoch.
    func order(of units: SampleUnits, seed: UInt64, epoch: Int) -> any SampleOrder {
        let (nodes, block) = (canonicalNodes ?? 1, blockSize ?? 2)
        var stream: StreamingShuffle { StreamingShuffle(units.sizes, nodes, seed, epoch) }
        func listed(_ numbers: consuming [UInt32]) -> ListedOrder {
            units.replaceByIDs(&numbers)
            return ListedOrder(ListedOrder.sideBySide(numbers, nodes: nodes), shardStarts: units.shardStarts)
        }
        switch algorithm {
        case .none: return SequentialOrder(units)
        case .shards: return ShardwiseOrder(units, seed: seed, epoch: epoch)
        case .global: return GlobalOrder(units, seed: seed, epoch: epoch)
        case .naive: return listed(StreamingShuffle.naive(units.count, seed, epoch))
        case .py1s: return listed(stream.withinSpans())
        case .py2s: return listed(StreamingShuffle.twice(units.sizes, nodes, seed, epoch))
        case .py1br: return listed(stream.withinBlocks(of: block))
        case .py1e: return SmearedOrder(stream, of: units, blockSize: block)
        }
    }
}
