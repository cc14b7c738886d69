import Foundation
import LeatCore
import LeatPipeline
import LeatShards

extension Parts {
    /// Reads a dataset where no file can be opened, then where one can; prints what became of it.
    static func fewFiles(folder: String) async throws {
        // What the system's libraries open once and keep.
        openMainQueue()
        _ = try await read(folder)
        let before = try Belongings()
        var old = rlimit()
        getrlimit(Int32(RLIMIT_NOFILE.rawValue), &old)
        let dataset = try ShardDataset(folder, batchSize: 5, memoryBudget: 0)
        limit(RLIMIT_NOFILE, to: 0)
        do { _ = try ShardDataset(folder, batchSize: 5) } catch { say("index: \(error)") }
        do { _ = try await dataset.batch(at: 0) } catch { say("shard: \(error)") }
        do { _ = try ShardWriter("\(folder)/new", columns: ["x": .int]) } catch { say("writer: \(error)") }
        limit(RLIMIT_NOFILE, to: UInt64(old.rlim_cur))
        say("then: \(try await dataset.batch(at: 0).count) samples, \(try Belongings().isLike(before))")
    }

    /// Has the main thread's queue open its descriptor, without which its end would be the program's.
    private static func openMainQueue() { _ = RunLoop.main.run(mode: .default, before: .distantPast) }

    private static func read(_ folder: String) async throws -> Int {
        try await ShardDataset(folder, batchSize: 5).batch(at: 0).count
    }

    /// Writes some shards of a dataset of the numbers 0 to 999, says so, and waits to be ended.
    static func leaveUnfinished(folder: String, key: String) throws {
        let writer = try ShardWriter(
            folder, columns: ["x": .int], compression: .none, sizeLimit: 1000, threads: 1, resumeKey: key)
        for number in 0..<500 { try writer.append(["x": .int(Int64(number))]) }
        say("writing")
        while true { pause() }
    }
}
