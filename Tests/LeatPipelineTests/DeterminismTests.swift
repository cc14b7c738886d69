import LeatPipeline
import LeatTestSupport
import Testing

/// Who makes the batches.
enum Workers: CustomTestStringConvertible, CaseIterable, Sendable {
    case inline, oneTask, twoTasks, threeTasks, oneProcess, twoProcesses, threeProcesses

    var count: Int {
        switch self {
        case .inline: 0
        case .oneTask, .oneProcess: 1
        case .twoTasks, .twoProcesses: 2
        case .threeTasks, .threeProcesses: 3
        }
    }

    var areProcesses: Bool {
        switch self {
        case .oneProcess, .twoProcesses, .threeProcesses: true
        default: false
        }
    }

    var testDescription: String {
        self == .inline ? "inline" : "\(count) \(areProcesses ? "processes" : "tasks")"
    }
}

@Suite struct DeterminismTests {
    @Test(arguments: Workers.allCases, [1, 2, 10])
    func `batches are the same, byte for byte, whoever makes them`(workers: Workers, queueSize: Int) async throws {
        let source = CountingSource(count: 7)
        let loader = try BatchLoader(
            BatchSource(source), workers: workers.count, useMultiprocessing: workers.areProcesses,
            maxQueueSize: queueSize, shuffle: true, seed: 11, launch: TestWorker.launch)
        var most = 0
        let delivered = try await loader.withBatches(limit: 14) { batches in
            var delivered: [Batch] = []
            while let batch = try await batches.next() {
                delivered.append(batch)
                most = max(most, batches.windowCount)
            }
            return delivered
        }
        let expected = try (0..<14).map { number in
            let order = BatchOrder(count: 7, shuffledBy: 11, epoch: number / 7)
            return try CountingSource.batch(
                at: order[number % 7], epoch: number / 7, epochEnds: number / 7, source.configuration)
        }
        #expect(delivered == expected)
        #expect(most <= queueSize)
        #expect(source.epochEnds.count == 2)
    }
}
