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
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/worker.py").standardizedFileURL.path
        let loader = try BatchLoader(
            BatchSource(Source(configuration: .init(count: 5))), workers: workers, useMultiprocessing: true,
            launch: .program(path: python, arguments: [script]))
        let batches = try await collect(loader, limit: 15)
        let expected = try (0..<15).map { number in
            let epoch = Float(number / 5)
            return Batch(
                try Tensor([Float(number % 5), epoch, epoch], shape: [1, 3]), Tensor([Int64(number % 5)]))
        }
        #expect(batches == expected)
    }
}
