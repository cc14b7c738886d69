import LeatCore
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

@Suite struct BatchLoaderTests {
    @Test(arguments: [0, 1, 3]) func `an epoch ends once, after its last batch and before the next one's first`(
        workers: Int
    ) async throws {
        let source = CountingSource(count: 4)
        let loader = try BatchLoader(BatchSource(source), workers: workers, maxQueueSize: 3)
        try await loader.withBatches(limit: 12) { batches async throws in
            for number in 0..<12 { #expect(try await batches.next()?.sourceEpoch == number / 4) }
            #expect(try await batches.next() == nil)
        }
        #expect(source.epochEnds == [4, 8, 12])
    }

    @Test(arguments: [0, 2]) func `steps that are not a pass carry on through the source`(workers: Int) async throws {
        let source = CountingSource(count: 5)
        let loader = try BatchLoader(BatchSource(source), workers: workers)
        try await loader.withBatches { batches async throws in
            for epoch in 0..<5 {
                for step in 0..<3 {
                    let batch = try #require(try await batches.next())
                    #expect(batch.sourceIndex == (epoch * 3 + step) % 5)
                }
            }
            #expect(batches.position == BatchPosition(epoch: 3))
        }
        #expect(source.epochEnds.count == 3)
    }

    @Test func `a stream goes on from a position`() async throws {
        let loader = try BatchLoader(BatchSource(CountingSource(count: 7)), workers: 2, shuffle: true, seed: 5)
        let all = try await collect(loader, limit: 21)
        for index in 0..<14 {
            let position = BatchPosition(epoch: index / 7, index: index % 7)
            let rest = try await loader.withBatches(from: position, limit: 21 - index) { try await collect($0) }
            #expect(rest.map(\.inputs) == all[index...].map(\.inputs))
        }
    }

    @Test(arguments: [0, 1, 3]) func `an error comes in its batch's place and the stream goes on`(
        workers: Int
    ) async throws {
        let source = ClosureSource(count: 6) { index, _ in
            if index == 3 { throw PlannedFailure(index: 3) }
            return Batch(Tensor([Int32(index)]))
        }
        try await BatchLoader(BatchSource(source), workers: workers).withBatches(limit: 6) { batches async throws in
            for index in 0..<3 { #expect(try await batches.next()?.inputs == Tensor([Int32(index)])) }
            await #expect(throws: PlannedFailure(index: 3)) { try await batches.next() }
            #expect(try await batches.next()?.inputs == Tensor([Int32(4)]))
        }
    }

    @Test(arguments: [1, 2, 10]) func `workers never go further ahead than the queue allows`(size: Int) async throws {
        let source = CountingSource(count: 50)
        let loader = try BatchLoader(BatchSource(source), workers: 3, maxQueueSize: size)
        try await loader.withBatches { batches async throws in
            for consumed in 1...50 {
                _ = try await batches.next()
                #expect(batches.windowCount <= size)
                #expect(source.requestCount <= consumed + size)
            }
        }
    }

    @Test func `batches finished out of order are delivered in order`() async throws {
        let late = Gate()
        let source = ClosureSource(count: 3) { index, _ in
            if index == 0 { await late.pass() } else if index == 2 { late.open() }
            return Batch(Tensor([Int32(index)]))
        }
        let order = try await collect(BatchLoader(BatchSource(source), workers: 2), limit: 3)
        #expect(order.map(\.inputs) == (0..<3).map { Tensor([Int32($0)]) })
    }

    @Test func `cancelling ends the consumer's wait at once`() async throws {
        let reached = Gate()
        let never = Gate()
        let source = ClosureSource(count: 3) { index, _ in
            if index == 1 {
                reached.open()
                await never.pass()
            }
            return Batch(Tensor([Int32(index)]))
        }
        let task = Task {
            try await BatchLoader(BatchSource(source), workers: 1).withBatches { batches async throws in
                _ = try await batches.next()
                do { _ = try await batches.next() } catch { never.open(); throw error }
            }
        }
        await reached.pass()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(arguments: [0, 2]) func `breaking out and iterating again goes on`(workers: Int) async throws {
        let loader = try BatchLoader(BatchSource(CountingSource(count: 10)), workers: workers)
        let indices = try await loader.withBatches(limit: 10) { batches async throws in
            var indices: [Int] = []
            for try await batch in batches {
                indices.append(batch.sourceIndex)
                if indices.count == 4 { break }
            }
            for try await batch in batches { indices.append(batch.sourceIndex) }
            return indices
        }
        #expect(indices == Array(0..<10))
        #expect(try await collect(loader, limit: 3).map(\.sourceIndex) == [0, 1, 2])
    }

    @Test func `settings that make no sense are refused in words`() throws {
        let source = BatchSource(CountingSource(count: 3))
        #expect(throws: PipelineError.self) { try BatchLoader(source, workers: -1) }
        #expect(throws: PipelineError.self) { try BatchLoader(source, maxQueueSize: 0) }
        #expect(throws: PipelineError.self) { try BatchLoader(BatchSource(CountingSource(count: 0))) }
        let error = #expect(throws: PipelineError.self) {
            try BatchLoader(BatchSource([Batch]()), workers: 1, useMultiprocessing: true)
        }
        #expect(error?.code == .notSendableToProcesses)
        #expect(error?.message.contains("WorkerSource") == true)
        #expect(throws: PipelineError.self) {
            try BatchLoader(
                BatchSource(TensorSequence(Tensor([1 as Float]))), workers: 1, useMultiprocessing: true)
        }
    }
}
