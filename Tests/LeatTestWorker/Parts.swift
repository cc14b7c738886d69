import Foundation
import LeatPipeline
import LeatTestSupport

/// What the program does when it is not a worker.
enum Parts {
    /// Starts two workers, prints their process identifiers and waits for a batch that never comes.
    static func parent() async throws {
        let source = MisbehavingSource(count: 4, .hang, at: 2)
        let loader = try BatchLoader(BatchSource(source), workers: 2, useMultiprocessing: true)
        try await loader.withBatches { batches in
            for _ in 0..<2 { _ = try await batches.next() }
            // Not by `print`, which keeps the line to itself until there are more.
            let line = batches.workerProcesses.map(String.init).joined(separator: " ") + "\n"
            try FileHandle.standardOutput.write(contentsOf: Data(line.utf8))
            _ = try await batches.next()
        }
    }

    /// Is started as a worker, does not notice, and wants workers of its own.
    static func forgetful() async throws -> Int32 {
        let loader = try BatchLoader(BatchSource(CountingSource(count: 3)), workers: 1, useMultiprocessing: true)
        do {
            _ = try await loader.withBatches { try await $0.next() }
            return 0
        } catch {
            print(error)
            return 1
        }
    }

    /// Runs and cancels loaders of all kinds and prints what is left behind of each.
    static func leaks() async throws {
        try await use(workers: 2, processes: true, isCancelled: false)
        let before = try Belongings()
        for processes in [false, true] {
            for isCancelled in [false, true] {
                try await use(workers: 3, processes: processes, isCancelled: isCancelled)
                let after = try Belongings()
                print(processes ? "processes" : "tasks", isCancelled ? "cancelled" : "finished", after.isLike(before))
            }
        }
    }

    private static func use(workers: Int, processes: Bool, isCancelled: Bool) async throws {
        let deed: MisbehavingSource.Deed = processes ? .hang : .fail
        let source = MisbehavingSource(count: 20, deed, at: isCancelled ? 10 : -1)
        let loader = try BatchLoader(BatchSource(source), workers: workers, useMultiprocessing: processes)
        let reached = Gate()
        let task = Task {
            try await loader.withBatches(limit: 40) { batches in
                for _ in 0..<(isCancelled ? 10 : 40) { _ = try await batches.next() }
                reached.open()
                _ = try await batches.next()
            }
        }
        await reached.pass()
        if isCancelled { task.cancel() }
        _ = await task.result
    }

    /// What the process has.
    struct Belongings {
        let descriptors: Int
        let threads: [String]
        let hasChildren: Bool

        init() throws {
            let files = FileManager.default
            descriptors = try files.contentsOfDirectory(atPath: "/proc/self/fd").count
            threads = try files.contentsOfDirectory(atPath: "/proc/self/task").compactMap { thread in
                let name = try? String(contentsOfFile: "/proc/self/task/\(thread)/comm", encoding: .utf8)
                return name.flatMap { $0.hasPrefix("leat-") ? $0 : nil }
            }
            hasChildren = waitpid(-1, nil, WNOHANG) != -1
        }

        func isLike(_ before: Belongings) -> String {
            descriptors == before.descriptors && threads.isEmpty && !hasChildren
                ? "clean"
                : "left \(descriptors - before.descriptors) descriptors, threads \(threads), children \(hasChildren)"
        }
    }

    /// Prints what a loader of 100 KB batches carries.
    static func measure() async throws {
        let source = CountingSource(count: 500, rows: 128, columns: 784, isTrivial: true)
        for (workers, processes) in [(0, false), (nil, false), (2, false), (1, true), (2, true)] as [(Int?, Bool)] {
            let loader = try BatchLoader(BatchSource(source), workers: workers, useMultiprocessing: processes)
            let start = ContinuousClock.now
            try await loader.withBatches { batches in
                _ = try await batches.next()
                let ready = ContinuousClock.now
                var best = Duration.seconds(1000)
                for _ in 0..<5 {
                    let start = ContinuousClock.now
                    for _ in 0..<2000 { _ = try await batches.next() }
                    best = min(best, ContinuousClock.now - start)
                }
                let rate = 2000 / (Double(best.components.attoseconds) * 1e-18 + Double(best.components.seconds))
                let name = "\(workers.map(String.init) ?? "automatic") \(processes ? "processes" : "tasks")"
                print(
                    "\(name): first batch after \(ready - start), "
                        + "\(Int(rate)) batches/s, \(rate * 128 * 784 / 1e9) GB/s, \(batches.statistics)")
            }
        }
    }
}
