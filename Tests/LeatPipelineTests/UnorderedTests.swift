import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct UnorderedTests {
    @Test func `a slow batch holds up none of its pass, and the next pass waits for it`() async throws {
        let gate = Gate()
        let source = ClosureSource(count: 4) { index, epoch in
            if index == 0, epoch == 0 { await gate.pass() }
            return Batch(Tensor([Int32(epoch), Int32(index)]))
        }
        let loader = try BatchLoader(BatchSource(source), workers: 2, ordered: false)
        try await loader.withBatches(limit: 8) { batches async throws in
            for index in 1...3 { #expect(try await batches.next()?.inputs == Tensor([0, Int32(index)])) }
            gate.open()
            #expect(try await batches.next()?.inputs == Tensor([0, 0] as [Int32]))
            #expect(batches.position == BatchPosition(epoch: 1))
        }
    }

    @Test(arguments: Workers.allCases) func `every batch comes once a pass`(workers: Workers) async throws {
        let source = FlawedSource(count: 9, flaws: [4])
        let loader = try BatchLoader(
            BatchSource(source), workers: workers.count, useMultiprocessing: workers.areProcesses, maxQueueSize: 4,
            shuffle: true, launch: TestWorker.launch, faultPolicy: .skip(.unlimited), ordered: false)
        let batches = try await collect(loader, limit: 27)
        #expect(batches.map(\.sourceEpoch) == (0..<3).flatMap { Array(repeating: $0, count: 8) })
        for epoch in 0..<3 {
            let indices = batches.filter { $0.sourceEpoch == epoch }.map(\.sourceIndex)
            #expect(indices.sorted() == [0, 1, 2, 3, 5, 6, 7, 8])
        }
        #expect(source.epochEndCount == 3)
    }
}
