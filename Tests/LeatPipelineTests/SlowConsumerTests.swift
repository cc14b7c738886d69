import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

/// How far ahead of a consumer that takes its time batches are made: as far as the queue goes, whoever makes them.
@Suite(.timeLimit(.minutes(1))) struct SlowConsumerTests {
    @Test(arguments: Workers.allCases.filter { $0 != .inline }, [1, 2, 10])
    func `a slow consumer finds the queue full, and not one batch more has been made`(
        workers: Workers, size: Int
    ) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)").path
        let reports = ReportingSource.Reports(path: path)
        defer {
            reports.end()
            unlink(path)
        }
        let loader = try BatchLoader(
            BatchSource(ReportingSource(count: 1000, to: reports)), workers: workers.count,
            useMultiprocessing: workers.areProcesses, maxQueueSize: size, launch: TestWorker.launch)
        try await loader.withBatches(limit: 40) { batches async throws in
            var made = 0
            for consumed in 1...40 {
                #expect(try await batches.next()?.sourceIndex == consumed - 1)
                // The consumer does something else until all that may be made has been asked for.
                let (before, most) = (made, min(consumed + size, 40))
                try await TestProgram.onThread { reports.await(most - before) }
                made = most
                #expect(!reports.areLeft)
                #expect(batches.windowCount == most - consumed)
            }
        }
        #expect(!reports.areLeft)
    }
}
