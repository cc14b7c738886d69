import Foundation
import LeatCore
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

/// Numbers at the edge of what an integer holds, and sources that change theirs.
@Suite(.timeLimit(.minutes(1))) struct LoaderLimitTests {
    @Test(arguments: [.max, 1_000_000_000] as [Int], [1, 3])
    func `a queue takes memory for the batches that are in it, not for those it may hold`(
        size: Int, workers: Int
    ) async throws {
        let loader = try BatchLoader(BatchSource(CountingSource(count: 50)), workers: workers, maxQueueSize: size)
        #expect(try await collect(loader, limit: 120).map(\.sourceIndex) == (0..<120).map { $0 % 50 })
    }

    @Test func `a batch size beyond all samples gives them all`() async throws {
        let source = try TensorSequence(Tensor([1, 2, 3] as [Float]), batchSize: .max)
        #expect(source.count == 1)
        #expect(try await source.batch(at: 0).inputs == Tensor([1, 2, 3] as [Float]))
    }

    @Test func `a position in an epoch that has no successor is refused`() async throws {
        let loader = try BatchLoader(BatchSource(CountingSource(count: 2)))
        let error = await #expect(throws: PipelineError.self) {
            try await loader.withBatches(from: BatchPosition(epoch: .max), limit: 5) { try await collect($0) }
        }
        #expect(error?.code == .invalidSetting)
    }

    @Test func `numbers that nobody chose go with the machine`() throws {
        let source = BatchSource(CountingSource(count: 2))
        let loader = try BatchLoader(source, workers: nil, maxQueueSize: nil)
        #expect(loader.workers == ProcessInfo.processInfo.activeProcessorCount)
        #expect(loader.maxQueueSize == max(10, 2 * loader.workers))
        #expect(try BatchLoader(source, workers: 8, maxQueueSize: nil).maxQueueSize == 16)
        #expect(try BatchLoader(source, workers: .max, maxQueueSize: nil).maxQueueSize == .max)
    }

    // MARK: Sources that change their mind

    /// Has three batches when it is first asked and none later.
    private final class FickleSource: WorkerSource {
        let configuration: String
        private let questions = Lock(0)

        init(configuration: String) { self.configuration = configuration }

        var timesAsked: Int { questions.withLock { $0 } }

        var count: Int {
            questions.withLock { questions in
                questions += 1
                return questions == 1 ? 3 : 0
            }
        }

        func batch(at index: Int) async throws -> Batch { Batch(Tensor([Int32(index)])) }
    }

    @Test(arguments: [0, 2]) func `a source is asked once how many batches it has`(workers: Int) async throws {
        let source = FickleSource(configuration: "")
        let batches = BatchSource(source)
        let loader = try BatchLoader(batches, workers: workers)
        #expect(batches.count == 3)
        #expect(try await collect(loader, limit: 7).map(\.inputs) == (0..<7).map { Tensor([Int32($0 % 3)]) })
        #expect(batches.count == 3)
        #expect(source.timesAsked == 1)
    }

    @Test func `a source for worker processes is asked once how many batches it has`() async throws {
        let source = FickleSource(configuration: "")
        let loader = try BatchLoader(BatchSource(source), useMultiprocessing: true, launch: TestWorker.launch)
        let error = await #expect(throws: PipelineError.self) { try await collect(loader, limit: 2) }
        #expect(error?.code == .sourceDidNotOpen)
        #expect(source.timesAsked == 1)
    }

    @Test func `a configuration that no frame holds is refused before a worker is started`() async throws {
        let source = FickleSource(configuration: String(repeating: "x", count: 17 << 20))
        let loader = try BatchLoader(BatchSource(source), useMultiprocessing: true, launch: TestWorker.launch)
        let error = await #expect(throws: PipelineError.self) { try await collect(loader, limit: 2) }
        #expect(error?.code == .notSendableToProcesses)
        #expect(error?.message.contains("FickleSource") == true)
    }
}
