import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

/// Batches that can't be made: every kind of worker comes to the same batches and the same record.
@Suite(.timeLimit(.minutes(1))) struct FaultPolicyTests {
    private let count = 7

    private func loader(
        _ source: some BatchSequence, _ workers: Workers, _ policy: FaultPolicy, shuffle: Bool = true
    ) throws -> BatchLoader {
        try BatchLoader(
            BatchSource(source), workers: workers.count, useMultiprocessing: workers.areProcesses, maxQueueSize: 4,
            shuffle: shuffle, seed: 5, launch: TestWorker.launch, faultPolicy: policy)
    }

    private func order(_ epoch: Int) -> [Int] { Array(BatchOrder(count: count, shuffledBy: 5, epoch: epoch)) }

    /// The numbers of all batches, and the record.
    private func run(
        _ loader: BatchLoader, limit: Int, from start: BatchPosition = BatchPosition(), _ faults: [BatchFault] = []
    ) async throws -> (batches: [[Int]], faults: [BatchFault]) {
        try await loader.withBatches(from: start, limit: limit, faults: faults) { batches in
            let all = try await collect(batches)
            return (all.map { [$0.sourceEpoch, $0.sourceIndex] }, batches.faults)
        }
    }

    @Test(arguments: Workers.allCases)
    func `flawed batches are skipped and recorded, and passes end as ever`(workers: Workers) async throws {
        let source = FlawedSource(count: count, flaws: [0, 3, 6])
        let (batches, faults) = try await run(
            loader(source, workers, .skip(.unlimited)), limit: 3 * count)
        #expect(batches == (0..<3).flatMap { epoch in order(epoch).filter { $0 % 3 != 0 }.map { [epoch, $0] } })
        #expect(
            faults
                == (0..<3).flatMap { epoch in
                    order(epoch).filter { $0 % 3 == 0 }.map { Flaw(index: $0).fault(epoch: epoch) }
                })
        #expect(source.epochEndCount == 3)
    }

    @Test(arguments: Workers.allCases)
    func `flawed batches are replaced by those that come next in the order`(workers: Workers) async throws {
        let source = FlawedSource(count: count, flaws: [0, 3, 6])
        let (batches, faults) = try await run(
            loader(source, workers, .replace(.unlimited)), limit: 2 * count)
        var expected: (batches: [[Int]], faults: [BatchFault]) = ([], [])
        for epoch in 0..<2 {
            let order = order(epoch)
            for place in 0..<count {
                var attempt = place
                while order[attempt % count] % 3 == 0 {
                    attempt += 1
                    expected.faults.append(
                        Flaw(index: order[(attempt - 1) % count])
                            .fault(epoch: epoch, replacement: order[attempt % count]))
                }
                expected.batches.append([epoch, order[attempt % count]])
            }
        }
        #expect(batches == expected.batches)
        #expect(faults == expected.faults)
        #expect(source.epochEndCount == 2)
    }

    @Test(arguments: Workers.allCases)
    func `the consumer is told when there are more than allowed, and may go on`(workers: Workers) async throws {
        let source = FlawedSource(count: count, flaws: [1, 2, 4])
        let loader = try loader(source, workers, .skip(.count(2)), shuffle: false)
        try await loader.withBatches(limit: count) { batches async throws in
            #expect(try await batches.next()?.sourceIndex == 0)
            #expect(try await batches.next()?.sourceIndex == 3)
            let error = await #expect(throws: PipelineError.self) { try await batches.next() }
            #expect(error?.code == .tooManyFaults)
            #expect(error?.fault == Flaw(index: 4).fault(epoch: 0))
            #expect(error?.message.contains("Batch 4 of epoch 0") == true)
            #expect(error?.message.contains("Batch 4 is flawed.") == true)
            #expect(batches.faults.map(\.batch) == [1, 2])
            #expect(try await collect(batches).map(\.sourceIndex) == [5, 6])
        }
    }

    @Test(arguments: Workers.allCases)
    func `a run that goes on with the record comes to the same end`(workers: Workers) async throws {
        let source = FlawedSource(count: count, flaws: [2, 5])
        for policy in [.skip(.share(0.7)), .replace(.count(20))] as [FaultPolicy] {
            let loader = try loader(source, workers, policy)
            let whole = try await run(loader, limit: 3 * count)
            for cut in 1..<2 * count {
                let (first, position, faults) = try await loader.withBatches(limit: cut) { batches in
                    (try await collect(batches), batches.position, batches.faults)
                }
                let record = try JSONDecoder().decode([BatchFault].self, from: JSONEncoder().encode(faults))
                let rest = try await run(loader, limit: 3 * count - cut, from: position, record)
                #expect(first.map { [$0.sourceEpoch, $0.sourceIndex] } + rest.batches == whole.batches)
                #expect(rest.faults == whole.faults)
            }
        }
    }

    @Test(arguments: Workers.allCases)
    func `an epoch that has no good batch can replace none`(workers: Workers) async throws {
        let loader = try loader(FlawedSource(count: 3, flaws: [0, 1, 2]), workers, .replace(.unlimited))
        let error = await #expect(throws: PipelineError.self) { try await collect(loader, limit: 3) }
        #expect(error?.code == .tooManyFaults)
        #expect(error?.message.contains("no other batch") == true)
    }

    @Test(arguments: [.oneProcess, .threeProcesses] as [Workers])
    func `a batch that ends every worker falls under the policy, by its number`(workers: Workers) async throws {
        for deed in [.killItself, .exitZero] as [MisbehavingSource.Deed] {
            let source = MisbehavingSource(count: count, deed, at: 5)
            let skipped = try await run(
                loader(source, workers, .skip(.count(1)), shuffle: false), limit: count)
            #expect(skipped.batches.map { $0[1] } == [0, 1, 2, 3, 4, 6])
            #expect(skipped.faults.map(\.batch) == [5])
            #expect(skipped.faults[0].reason.contains("ended 3 worker processes"))
            let replaced = try await run(
                loader(source, workers, .replace(.count(1)), shuffle: false), limit: count)
            #expect(replaced.batches.map { $0[1] } == [0, 1, 2, 3, 4, 6, 6])
            #expect(replaced.faults.map(\.replacement) == [6])
        }
    }

    @Test(arguments: [.twoTasks, .twoProcesses] as [Workers])
    func `the record is the same each time it is asked for`(workers: Workers) async throws {
        let source = FlawedSource(count: 40, flaws: Set((0..<40).filter { $0 % 4 == 1 }))
        let loader = try loader(source, workers, .replace(.unlimited))
        let first = try await run(loader, limit: 80)
        for _ in 0..<5 {
            let again = try await run(loader, limit: 80)
            #expect(again.batches == first.batches)
            #expect(again.faults == first.faults)
        }
    }

    @Test func `settings that make no sense are refused`() throws {
        for policy in [.skip(.count(-1)), .replace(.share(1.5)), .skip(.share(.nan))] as [FaultPolicy] {
            let error = #expect(throws: PipelineError.self) {
                try BatchLoader(BatchSource(CountingSource(count: 1)), faultPolicy: policy)
            }
            #expect(error?.code == .invalidSetting)
        }
    }
}
