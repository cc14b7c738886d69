public import LeatPipeline

/// A dataset that is mixed with others, and how much of it an epoch takes: Streaming's `Stream`.
public struct ShardStream: Sendable, Hashable {
    /// The folder with `index.json`.
    public var path: String
    /// How many of its samples an epoch takes.
    public var share: MixShare

    /// A share of the dataset in a folder.
    public init(_ path: String, _ share: MixShare = .whole) {
        self.path = path
        self.share = share
    }
}

/// Which samples of its streams an epoch takes: Streaming's `resample_streams` with its default settings.
///
/// A stream of which an epoch takes more or less than there is gives whole repeats of its shards, and for the rest picks
/// samples at random, in each epoch others: which shards give how many, then which these are.
struct StreamSampling: Sendable {
    /// The shards of each stream, and how many samples an epoch takes of them.
    let streams: [(shards: Range<Int>, count: Int)]
    let shardSizes: [Int]
    let seed: UInt64
    /// Whether shards give other numbers of samples in each epoch, as where the samples are shuffled.
    let variesShards: Bool

    private func size(of shards: Range<Int>) -> Int { shardSizes[shards].reduce(0, +) }

    /// Whether all epochs take the same samples.
    var isFixed: Bool {
        streams.allSatisfy { stream in
            let size = size(of: stream.shards)
            return size == 0 || stream.count.isMultiple(of: size)
        }
    }

    /// How many samples an epoch has.
    var count: Int { streams.reduce(0) { $0 + $1.count } }

    /// The samples of an epoch, in units of whole shards where these are taken whole.
    func units(epoch: Int) -> SampleUnits {
        let starts = shardSizes.startsOfRuns
        var random = NumPyGenerator(seed: seed, plus: epoch)
        var units: [SampleUnits.Unit] = []
        for stream in streams {
            for (shard, count) in zip(stream.shards, counts(of: stream.shards, taking: stream.count, epoch)) {
                let size = shardSizes[shard]
                guard size > 0 else { continue }
                let whole = SampleUnits.Unit(shard: shard, firstID: starts[shard], count: size)
                units.append(contentsOf: repeatElement(whole, count: count / size))
                let rest = count % size
                guard rest > 0 else { continue }
                let chosen = random.choice(size, rest).sorted()
                units.append(SampleUnits.Unit(shard: shard, firstID: starts[shard], count: rest, chosen: chosen))
            }
        }
        let areAll = streams.allSatisfy { $0.count == size(of: $0.shards) }
        return SampleUnits(units, shardStarts: starts, areAll: areAll)
    }

    /// How many samples each shard gives: Streaming's `get_sampling` with a granularity of 1.
    private func counts(of shards: Range<Int>, taking total: Int, _ epoch: Int) -> [Int] {
        let starts = Array(shardSizes[shards]).startsOfRuns
        let size = starts[shards.count]
        guard size > 0 else { return shards.map { _ in 0 } }
        let (times, rest) = total.quotientAndRemainder(dividingBy: size)
        var counts = shards.map { shardSizes[$0] * times }
        guard rest > 0 else { return counts }
        var random = NumPyGenerator(seed: seed, plus: variesShards ? epoch : 0)
        for pick in random.permutation(size).prefix(rest) { counts[starts.run(containing: Int(pick))] += 1 }
        return counts
    }
}

extension ShardIndex {
    /// The index of several datasets as one, with the files' paths from the root.
    static func joined(_ indexes: [(folder: String, index: ShardIndex)]) -> ShardIndex {
        ShardIndex(
            shards: indexes.flatMap { folder, index in
                index.shards.map { entry in
                    Entry(
                        columns: entry.columns, sampleCount: entry.sampleCount, compression: entry.compression,
                        raw: entry.raw.moved(into: folder), zip: entry.zip?.moved(into: folder),
                        hashNames: entry.hashNames, sizeLimit: entry.sizeLimit)
                }
            })
    }
}

extension ShardIndex.File {
    fileprivate func moved(into folder: String) -> Self {
        let path = ShardFiles.join(folder, name)
        return Self(name: String(path.drop { $0 == "/" }), byteCount: byteCount, recorded: recorded)
    }
}
