import Foundation
import LeatCore
import LeatPipeline
import Testing

private let python = "/usr/bin/python3"

/// The protocol is what its page says: a program in another language, written after the page, is a worker.
@Suite(.timeLimit(.minutes(1)), .enabled(if: FileManager.default.isExecutableFile(atPath: python)))
struct PythonWorkerTests {
    private struct Source: WorkerSource {
        struct Configuration: Codable, Sendable { var count: Int }

        var configuration: Configuration
        var count: Int { configuration.count }

        func batch(at index: Int) async throws -> Batch { Batch(Tensor([0 as Float])) }
    }

    @Test(arguments: [1, 2]) func `a worker in Python serves batches over epochs`(workers: Int) async throws {
        try await expectBatches(workers: workers, of: ["../../docs/worker.py"])
    }

    @Test func `a worker that writes a byte at a time serves the same batches`() async throws {
        try await expectBatches(workers: 1, of: ["Fixtures/troubled_worker.py", "trickle"])
    }

    @Test(arguments: ["garbage", "cut", "late", "code", "signal", "closed"])
    func `what a worker does when it is told to go disturbs nobody`(deed: String) async throws {
        let workers = try await expectBatches(workers: 2, of: ["Fixtures/troubled_worker.py", deed])
        #expect(workers.count == 2)
        for worker in workers { #expect(kill(worker, 0) == -1 && errno == ESRCH, "Worker \(worker) was left behind.") }
    }

    /// Takes three epochs of batches from a script.
    ///
    /// - Returns: The processes that were there at the end.
    @discardableResult private func expectBatches(workers: Int, of script: [String]) async throws -> [Int32] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent(script[0]).standardizedFileURL.path
        let loader = try BatchLoader(
            BatchSource(Source(configuration: .init(count: 5))), workers: workers, useMultiprocessing: true,
            launch: .program(path: python, arguments: [path] + script.dropFirst()))
        let (batches, processes) = try await loader.withBatches(limit: 15) { stream in
            var batches: [Batch] = []
            while let batch = try await stream.next() { batches.append(batch) }
            return (batches, stream.workerProcesses)
        }
        let expected = try (0..<15).map { number in
            let epoch = Float(number / 5)
            return Batch(
                try Tensor([Float(number % 5), epoch, epoch], shape: [1, 3]), Tensor([Int64(number % 5)]))
        }
        #expect(batches == expected)
        return processes
    }
}
