import Leat

/// Everything that is wrong with a dataset; what `leat verify` finds.
struct Verification: Encodable, Equatable {
    struct Problem: Encodable, Equatable {
        var shard: Int
        var code: String
        var message: String
    }

    var split: String?
    var path: String
    var samples: Int
    var shards: Int
    var problems: [Problem]

    /// Reads every shard of a dataset: sizes, checksums, and every value of every sample.
    ///
    /// - Throws: `ShardError` if the index can't be read, which hides all else.
    init(_ part: DatasetFolder.Part) async throws {
        let verifier = try ShardVerifier(part.path)
        split = part.split
        path = part.path
        samples = verifier.index.sampleCount
        shards = verifier.index.shards.count
        var progress = ProgressLine(part.path, total: shards)
        var done = 0
        let found = await verifier.problems { _, _ in
            done += 1
            progress.update(done)
        }
        progress.finish()
        problems = found.map { Problem(shard: $0.shard, code: $0.error.code.rawValue, message: "\($0.error)") }
    }

    /// A line a problem and one that counts the shards, or one that says that all is well.
    var lines: [String] {
        guard problems.isEmpty else {
            let damaged = Set(problems.map(\.shard)).count
            return problems.map(\.message) + ["\(path): \(damaged.grouped) of \(counted(shards, "shard")) damaged"]
        }
        return ["\(path): \(counted(samples, "sample")) in \(counted(shards, "shard")), all sound"]
    }
}
