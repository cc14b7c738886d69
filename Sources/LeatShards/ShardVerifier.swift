import LeatPipeline

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Reads a whole dataset and reports everything that is wrong with it.
///
/// Of each shard: the file is there, sizes are right, all recorded hashes that Leat computes agree, the offsets are in
/// order, the header names the index's columns, and every value of every sample decodes.
public struct ShardVerifier: Sendable {
    /// The most problems that are reported of one shard.
    public static let mostProblems = 100

    /// The dataset's index.
    public let index: ShardIndex

    private let loader: ShardLoader

    /// A problem in one shard.
    public struct Problem: Sendable, Hashable {
        /// The number of the shard.
        public let shard: Int
        /// What is wrong.
        public let error: ShardError
    }

    /// Opens the dataset in a folder.
    ///
    /// - Throws: `ShardError` if its index can't be read, which is a problem that hides all others.
    public init(_ path: String) throws {
        let folder = ShardFiles.absolute(path)
        index = try ShardIndex(folder: folder)
        loader = try ShardLoader(folder: folder, index: index, verification: .everyHash, threads: Processors.count)
    }

    /// The problems of all shards; as many shards as there are processors are read at a time, off Swift's own threads.
    ///
    /// - Parameter progress: Is told after each shard its number and what was found in it; shards that are read at the
    ///   same time come in any order.
    /// - Returns: The problems in the order of the shards; none if the dataset is as it was written.
    public func problems(progress: (Int, [ShardError]) -> Void = { _, _ in }) async -> [Problem] {
        var found: [Int: [ShardError]] = [:]
        await withTaskGroup(of: (Int, [ShardError]).self) { group in
            var waiting = index.shards.indices.makeIterator()
            func begin() {
                guard let number = waiting.next() else { return }
                group.addTask { (number, await problems(inShard: number)) }
            }
            for _ in 0..<Processors.count { begin() }
            for await (number, errors) in group {
                found[number] = errors
                progress(number, errors)
                begin()
            }
        }
        return index.shards.indices.flatMap { number in
            (found[number] ?? []).map { Problem(shard: number, error: $0) }
        }
    }

    /// The problems of one shard.
    public func problems(inShard number: Int) async -> [ShardError] {
        do throws(ShardError) {
            return try await OwnThread.run { () throws(ShardError) in
                try Self.examine(try loader.load(number, ShardScratch()), loader, number)
            }
        } catch {
            return [error]
        }
    }

    private static func examine(_ shard: Shard, _ loader: ShardLoader, _ number: Int) throws(ShardError) -> [ShardError]
    {
        var problems: [ShardError] = []
        let entry = loader.index.shards[number]
        for (file, name) in [(entry.stored, "stored"), (entry.raw, "unpacked")] {
            let names = file.hashes.keys
            guard !names.isEmpty, names.allSatisfy({ ShardHash(rawValue: $0) == nil }) else { continue }
            problems.append(
                ShardError(
                    .unknownHash, shard.path,
                    "The \(name) file is protected by \(names.sorted().joined(separator: ", ")) alone, "
                        + "which Leat does not compute."))
        }
        let header = Array(shard.header.utf8)
        let described =
            JSONNesting.isWithinLimit(header) ? try? JSONDecoder().decode(ShardHeader.self, from: Data(header)) : nil
        if described != ShardHeader(entry) {
            problems.append(
                ShardError(.badShard, shard.path, "has a header that does not name the columns of the index."))
        }
        // Every bit pattern is a number: where samples are nothing else, their bytes need no look.
        let read = shard.columns.indices.filter { shard.strides(ofColumn: $0) == nil }
        for sample in 0..<shard.sampleCount where !read.isEmpty {
            for column in read {
                do { _ = try shard.value(ofColumn: column, sample: sample) } catch { problems.append(error) }
                guard problems.count < mostProblems else { return problems }
            }
        }
        return problems
    }
}

/// What a shard's own header says about its columns.
private struct ShardHeader: Decodable, Equatable {
    var names: [String]
    var encodings: [String]

    enum CodingKeys: String, CodingKey {
        case names = "column_names"
        case encodings = "column_encodings"
    }

    init(_ entry: ShardIndex.Entry) {
        names = entry.columns.map(\.name)
        encodings = entry.columns.map(\.encoding.name)
    }
}
