import Foundation
import LeatPipeline
import LeatTestSupport

extension Parts {
    /// Runs loaders that get too little of what the system gives, and prints what became of it and what is left behind.
    static func starved() async throws {
        // What the system's libraries open once and keep.
        _ = try await load(workers: 2, processes: true)
        try await withFewThreads("threads of tasks") {
            try await load(workers: 6, processes: false)
        }
        try await withFewThreads("threads of processes") {
            try await load(workers: 4, processes: true)
        }
        let before = try Belongings()
        var ends: Set<String> = []
        for spare in 0...40 {
            var old = rlimit()
            getrlimit(Int32(RLIMIT_NOFILE.rawValue), &old)
            limit(RLIMIT_NOFILE, to: UInt64(before.descriptors + spare))
            let end = try await load(workers: 4, processes: true)
            limit(RLIMIT_NOFILE, to: UInt64(old.rlim_cur))
            ends.insert(end)
        }
        say("descriptors: \(ends.sorted().joined(separator: " or ")), \(try Belongings().isLike(before))")
    }

    /// Runs `body` with every number of threads from none to a few.
    private static func withFewThreads(_ name: String, _ body: () async throws -> String) async throws {
        let before = try Belongings()
        var ends: Set<String> = []
        for threads in 0...6 {
            ThreadAllowance.set(threads)
            ends.insert(try await body())
        }
        ThreadAllowance.set(.max)
        say("\(name): \(ends.sorted().joined(separator: " or ")), \(try Belongings().isLike(before))")
    }

    private static func load(workers: Int, processes: Bool) async throws -> String {
        let loader = try BatchLoader(
            BatchSource(CountingSource(count: 6)), workers: workers, useMultiprocessing: processes)
        do {
            let indices = try await loader.withBatches(limit: 6) { batches in
                var indices: [Int] = []
                while let batch = try await batches.next() { indices.append(batch.sourceIndex) }
                return indices
            }
            return indices == Array(0..<6) ? "whole" : "wrong"
        } catch let error as PipelineError where error.code == .systemResource || error.code == .workerDidNotStart {
            return "refused"
        }
    }

    static func limit(_ resource: __rlimit_resource, to value: UInt64) {
        var limit = rlimit()
        getrlimit(Int32(resource.rawValue), &limit)
        limit.rlim_cur = min(rlim_t(value), limit.rlim_max)
        setrlimit(Int32(resource.rawValue), &limit)
    }

    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }
}
