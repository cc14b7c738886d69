import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

/// Batches that don't come: the consumer is told who waits for what, and loses nothing.
@Suite(.timeLimit(.minutes(1))) struct StallTests {
    private func stall(_ batches: BatchStream) async -> String {
        let error = await #expect(throws: PipelineError.self) { try await batches.next() }
        #expect(error?.code == .stalled)
        return error?.message ?? ""
    }

    @Test func `a task that makes its batch for too long is told, and its batch comes`() async throws {
        let gate = Gate()
        let source = ClosureSource(count: 3) { index, _ in
            if index == 1 { await gate.pass() }
            return Batch(Tensor([Int32(index)]))
        }
        let loader = try BatchLoader(BatchSource(source), workers: 2, stallTimeout: .milliseconds(100))
        try await loader.withBatches(limit: 3) { batches async throws in
            #expect(try await batches.next()?.inputs == Tensor([Int32(0)]))
            for _ in 0..<2 {
                #expect(await stall(batches).contains("batch 1 of epoch 0, which is being made"))
            }
            gate.open()
            for index in 1...2 { #expect(try await batches.next()?.inputs == Tensor([Int32(index)])) }
        }
    }

    @Test func `a worker process that does not come to an end is named`() async throws {
        let source = MisbehavingSource(count: 3, .hang, at: 0)
        let loader = try BatchLoader(
            BatchSource(source), workers: 1, useMultiprocessing: true, launch: TestWorker.launch,
            stallTimeout: .seconds(1))
        try await loader.withBatches { batches async throws in
            let message = await stall(batches)
            for worker in batches.workerProcesses {
                #expect(message.contains("Worker process \(worker) makes batch 0 of epoch 0 and has 1 more to make."))
            }
        }
    }

    @Test func `an end of an epoch that takes too long is told`() async throws {
        let gate = Gate()
        let source = ClosureSource(count: 1, onEpochEnd: { await gate.pass() }) { index, epoch in
            Batch(Tensor([Int32(epoch)]))
        }
        let loader = try BatchLoader(BatchSource(source), workers: 1, stallTimeout: .milliseconds(100))
        try await loader.withBatches(limit: 2) { batches async throws in
            #expect(try await batches.next()?.inputs == Tensor([Int32(0)]))
            #expect(await stall(batches).contains("the epoch after 0, which is asked for when onEpochEnd()"))
            gate.open()
            #expect(try await batches.next()?.inputs == Tensor([Int32(1)]))
        }
    }

    @Test func `a generator that waits is told, and goes on`() async throws {
        let gate = Gate()
        let source = BatchSource {
            await gate.pass()
            return Batch(Tensor([Int32(5)]))
        }
        let loader = try BatchLoader(source, stallTimeout: .milliseconds(100))
        try await loader.withBatches(limit: 1) { batches async throws in
            #expect(await stall(batches).contains("batch 0 of epoch 0"))
            gate.open()
            #expect(try await batches.next()?.inputs == Tensor([Int32(5)]))
        }
    }

    @Test func `a timeout that is none is refused`() throws {
        #expect(throws: PipelineError.self) {
            try BatchLoader(BatchSource(CountingSource(count: 1)), stallTimeout: .zero)
        }
    }
}
