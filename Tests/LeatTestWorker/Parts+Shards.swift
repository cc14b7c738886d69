import Foundation
import LeatCore
import LeatPipeline
import LeatShards

extension Parts {
    /// Opens a dataset where no file can be opened, then reads it where one can; prints what became of it.
    ///
    /// Nothing is awaited meanwhile: the system's queues could not open their own descriptors either, and would end us.
    static func fewFiles(folder: String) async throws {
        starve(folder)
        say("then: \(try await ShardDataset(folder, batchSize: 5).batch(at: 0).count) samples")
    }

    private static func starve(_ folder: String) {
        var old = rlimit()
        getrlimit(Int32(RLIMIT_NOFILE.rawValue), &old)
        limit(RLIMIT_NOFILE, to: 0)
        do { _ = try ShardDataset(folder, batchSize: 5) } catch { say("index: \(error)") }
        do { _ = try ShardWriter("\(folder)/new", columns: ["x": .int]) } catch { say("writer: \(error)") }
        limit(RLIMIT_NOFILE, to: UInt64(old.rlim_cur))
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
