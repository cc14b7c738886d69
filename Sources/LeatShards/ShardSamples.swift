import LeatPipeline

/// The samples of a dataset by number, with all their columns, for tools that look into datasets.
///
/// Samples are numbered in the order of the shards. Shards are loaded when they are first needed, off Swift's own
/// threads, and kept while the memory budget lasts; so reading all samples in order reads each shard once.
public struct ShardSamples: Sendable {
    /// The dataset's folder, from the root.
    public let folder: String
    /// The dataset's index.
    public let index: ShardIndex

    /// The threads that unpack at a time: a worker process has siblings, a program has its processors.
    private static var loaders: Int {
        WorkerProcess.isServing ? 1 : min(Processors.count, 16)
    }

    let cache: ShardCache
    /// The number of each shard's first sample, and the number of all.
    let starts: [Int]

    /// Opens the dataset in a folder.
    ///
    /// - Parameters:
    ///   - path: The folder with `index.json`.
    ///   - memoryBudget: The bytes of unpacked shards that are kept; two shards are kept also where they take more.
    ///   - verification: How shards are verified when they are first used.
    /// - Throws: `ShardError` if the index can't be read or verified against. The shards themselves are not touched.
    public init(
        _ path: String, memoryBudget: Int = 64 << 20, verification: ShardVerification = .recordedHashes
    ) throws {
        let folder = ShardFiles.absolute(path)
        try self.init(
            folder: folder, index: ShardIndex(folder: folder), memoryBudget: memoryBudget, verification: verification)
    }

    init(
        folder: String, index: ShardIndex, memoryBudget: Int, verification: ShardVerification,
        shared: SharedMemory? = nil
    ) throws(ShardError) {
        let columns = index.columns
        if let odd = index.shards.firstIndex(where: { $0.columns != columns }) {
            throw ShardError(.badColumn, folder, "Shard \(odd) has other columns than shard 0.")
        }
        let sharing = shared.flatMap {
            SharedLayout(byteCounts: index.byteCounts, budget: memoryBudget)
                .shards(in: $0, shardCount: index.shards.count)
        }
        let loader = try ShardLoader(
            folder: folder, index: index, verification: verification, threads: Self.loaders, shared: sharing?.shards)
        self.folder = folder
        self.index = index
        cache = ShardCache(loader: loader, budget: sharing?.budget ?? memoryBudget, loaders: Self.loaders)
        starts = index.shards.map { $0.sampleCount }.startsOfRuns
    }

    /// The number of samples.
    public var count: Int { index.sampleCount }

    /// The columns in the order of their bytes in a sample.
    public var columns: [ShardColumn] { index.columns }

    /// All values of the sample with the given number, 0 ..< `count`.
    ///
    /// - Throws: `ShardError` if there is no such sample, or if its shard is damaged.
    public func sample(at number: Int) async throws -> ShardSample {
        guard 0..<count ~= number else {
            throw ShardError(.outOfRange, folder, "has \(count) samples and none with the number \(number).")
        }
        let shard = starts.run(containing: number)
        return try await cache.shard(shard).sample(at: number - starts[shard])
    }

    /// The shard with the given number, loaded if need be.
    ///
    /// - Throws: `ShardError` if there is no such shard, or if it is damaged.
    public func shard(at number: Int) async throws -> Shard {
        guard index.shards.indices.contains(number) else {
            throw ShardError(
                .outOfRange, folder, "has \(index.shards.count) shards and none with the number \(number).")
        }
        return try await cache.shard(number)
    }

    /// The samples with the given numbers, and their shards; `meanwhile` is called when these are being loaded.
    func rows(_ numbers: [Int], meanwhile: () -> Void = {}) async throws(ShardError) -> ShardRows {
        let (places, shards) = ShardPlaces.find(numbers, starts: starts)
        return ShardRows(
            columns: columns, shards: try await cache.shards(shards, meanwhile: meanwhile), places: places)
    }
}
