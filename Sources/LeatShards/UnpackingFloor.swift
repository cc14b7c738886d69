import Synchronization

/// How fast a dataset's shards are unpacked and nothing else done: what no first reading of them can exceed.
package struct UnpackingFloor: Sendable {
    /// The dataset's index.
    package let index: ShardIndex

    private let packed: [(file: ShardMemory, entry: ShardIndex.Entry)]

    /// So many shards say how fast all of them are.
    private static let mostShards = 8
    private static let attempts = 7

    /// Reads the first shards' files.
    ///
    /// - Throws: `ShardError` if a file can't be read.
    package init(_ path: String) throws {
        let folder = ShardFiles.absolute(path)
        index = try ShardIndex(folder: folder)
        packed = try index.shards.prefix(Self.mostShards).map { entry in
            (try ShardFiles.read(ShardFiles.join(folder, entry.stored.name)) { _ in }.memory, entry)
        }
    }

    /// The samples a second that so many threads unpack together, each all of the shards that were read, into memory
    /// that it has used before; the best of some attempts.
    ///
    /// - Throws: `ShardError` if a shard is damaged.
    package func samplesASecond(threads: Int) async throws -> Double {
        let samples = threads * packed.reduce(0) { $0 + $1.entry.sampleCount }
        let outputs = try (0..<threads).map { _ in
            try ShardMemory(byteCount: packed.reduce(1) { max($0, $1.entry.raw.byteCount) })
        }
        var best = Double.infinity
        for _ in 0..<Self.attempts {
            let begin = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for output in outputs {
                    group.addTask { try await OwnThread.run { () throws(ShardError) in try unpack(into: output) } }
                }
                try await group.waitForAll()
            }
            best = min(best, (ContinuousClock.now - begin) / .seconds(1))
        }
        return Double(samples) / best
    }

    private func unpack(into output: ShardMemory) throws(ShardError) {
        for (file, entry) in packed where entry.zip != nil {
            do throws(Malformed) {
                try file.withBytes { input throws(Malformed) in
                    try output.withBytes { output throws(Malformed) in
                        try entry.compression.unpack(
                            UnsafeRawBufferPointer(input),
                            into: UnsafeMutableRawBufferPointer(rebasing: output[..<entry.raw.byteCount]))
                    }
                }
            } catch {
                throw ShardError(.badShard, entry.stored.name, "holds \(error.reason).")
            }
        }
    }
}
