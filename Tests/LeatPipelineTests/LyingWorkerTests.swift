import Foundation
import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

/// Processes that say of a batch what is not true: they are ended, and nobody gets another batch's bytes for it.
@Suite(.serialized, .timeLimit(.minutes(1))) struct LyingWorkerTests {
    private static let count = 12

    private func source(_ lie: Lie) -> CountingSource {
        CountingSource(count: Self.count, rows: lie.rows, columns: 1000)
    }

    private func loader(
        _ lie: Lie, at index: Int, marker: String? = nil, workers: Int, policy: FaultPolicy = .raise
    ) throws -> BatchLoader {
        try BatchLoader(
            BatchSource(source(lie)), workers: workers, useMultiprocessing: true, maxQueueSize: 6,
            launch: TestWorker.launch(["liar", lie.rawValue, "\(index)"] + (marker.map { [$0] } ?? [])),
            faultPolicy: policy)
    }

    private func expected(_ number: Int, _ lie: Lie) throws -> Batch {
        let (epoch, index) = number.quotientAndRemainder(dividingBy: Self.count)
        return try CountingSource.batch(at: index, epoch: epoch, epochEnds: epoch, source(lie).configuration)
    }

    @Test(arguments: Lie.allCases, [1, 3])
    func `a worker that lies once is replaced, and every batch comes once, in order, with its own bytes`(
        lie: Lie, workers: Int
    ) async throws {
        // A worker that waits for its second lease may be given it only when it has answered the first.
        if lie == .nextLease, workers > 1 { return }
        let marker = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: marker) }
        let (batches, processes) = try await loader(lie, at: 4, marker: marker, workers: workers)
            .withBatches(limit: 3 * Self.count) { stream in
                var batches: [Batch] = []
                var processes: Set<Int32> = []
                while let batch = try await stream.next() {
                    batches.append(batch)
                    processes.formUnion(stream.workerProcesses)
                }
                return (batches, processes)
            }
        #expect(batches.count == 3 * Self.count)
        for (number, batch) in batches.enumerated() {
            #expect(try batch == expected(number, lie), "batch \(number)")
        }
        #expect(FileManager.default.fileExists(atPath: marker), "The worker was to lie and did not.")
        for process in processes { #expect(kill(process, 0) == -1 && errno == ESRCH) }
    }

    /// What the consumer is told of the lie.
    private func words(_ lie: Lie) -> String {
        switch lie {
        case .noRoom, .byteTooMany, .gigabyte: "The worker left batch 5 of epoch 0 where there is no room for it."
        case .nextLease: "The worker answered for batch 6 of epoch 0 when it was to answer for batch 5 of epoch 0."
        case .neverAsked: "The worker answered for batch 17 of epoch 0 when it was to answer for batch 5 of epoch 0."
        case .otherEpoch: "The worker answered for batch 5 of epoch 1 when it was to answer for batch 5 of epoch 0."
        case .longAnswered: "batch 5 of epoch 0"
        case .twice, .twiceInPipe, .givenBack: ""
        }
    }

    @Test(arguments: Lie.allCases.filter { !$0.comesAfterTruth })
    func `a batch about which every worker lies is an error in its place that says so, and the others come`(
        lie: Lie
    ) async throws {
        try await loader(lie, at: 5, workers: 1).withBatches(limit: Self.count) { stream async throws in
            for number in 0..<Self.count where number != 5 {
                if number == 6 {
                    let error = await #expect(throws: PipelineError.self) { try await stream.next() }
                    #expect(error?.code == .poisonousBatch)
                    #expect(error?.message.hasPrefix("Batch 5 of epoch 0 ended 3 worker processes") == true)
                    #expect(error?.message.contains(words(lie)) == true, "\(error?.message ?? "")")
                }
                #expect(try await stream.next() == expected(number, lie))
            }
            #expect(try await stream.next() == nil)
        }
    }

    @Test(arguments: Lie.allCases.filter { !$0.comesAfterTruth })
    func `such a batch falls under the fault policy`(lie: Lie) async throws {
        try await loader(lie, at: 5, workers: lie == .nextLease ? 1 : 2, policy: .skip(.count(1)))
            .withBatches(limit: Self.count) { stream async throws in
                for number in 0..<Self.count where number != 5 {
                    #expect(try await stream.next() == expected(number, lie))
                }
                #expect(try await stream.next() == nil)
                #expect(stream.faults.map(\.batch) == [5])
                #expect(stream.faults.first?.reason.contains("was ended for this reason: The worker") == true)
            }
    }

    @Test(arguments: Lie.allCases.filter(\.comesAfterTruth), [1, 2])
    func `a lie about a batch that has come costs no batch, however often it is told`(
        lie: Lie, workers: Int
    ) async throws {
        try await loader(lie, at: 5, workers: workers).withBatches(limit: 3 * Self.count) { stream async throws in
            for number in 0..<3 * Self.count { #expect(try await stream.next() == expected(number, lie)) }
            #expect(try await stream.next() == nil)
        }
    }

    @Test func `what is kept of workers that were killed keeps no files open`() async throws {
        #expect(try await TestProgram("kept").rest() == "more: [0, 0, 0, 0, 0, 0], whole\n")
    }
}
