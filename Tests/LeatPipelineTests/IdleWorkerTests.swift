import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

/// Workers that come to grief when nobody asks them for anything: between two epochs, after the last batch, at the end.
@Suite(.serialized, .timeLimit(.minutes(1))) struct IdleWorkerTests {
    private static let deeds: [MisbehavingSource.Deed] = [
        .killItself, .segfault, .exitZero, .exitSeven, .garble, .cutFrame, .closePipe,
    ]

    private func expectNobody(_ workers: Set<Int32>) {
        for worker in workers { #expect(kill(worker, 0) == -1 && errno == ESRCH, "Worker \(worker) was left behind.") }
    }

    @Test(arguments: deeds, [1, 2]) func `a worker that comes to grief with nothing to do is replaced`(
        deed: MisbehavingSource.Deed, workers: Int
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (trigger, gate) = (TriggeredSource.Trigger(folder: folder.path), Gate())
        let loader = try BatchLoader(
            BatchSource(TriggeredSource(count: 6, deed, trigger: trigger, gate: gate)), workers: workers,
            useMultiprocessing: true, maxQueueSize: 4, launch: TestWorker.launch)
        let (indices, processes) = try await loader.withBatches(limit: 18) { batches in
            var indices: [Int] = []
            var processes: Set<Int32> = []
            while let batch = try await batches.next() {
                indices.append(batch.sourceIndex)
                processes.formUnion(batches.workerProcesses)
                // All of the epoch is here, and the next one is held up: no worker has anything to do.
                guard indices.count == 6 else { continue }
                try await TestProgram.onThread { trigger.pull() }
                gate.open()
            }
            return (indices, processes)
        }
        #expect(indices == (0..<18).map { $0 % 6 })
        if workers == 1 { #expect(processes.count == 2) }
        expectNobody(processes)
    }

    @Test(arguments: deeds) func `a worker that comes to grief after the last batch disturbs nobody`(
        deed: MisbehavingSource.Deed
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (trigger, gate) = (TriggeredSource.Trigger(folder: folder.path), Gate())
        gate.open()
        let loader = try BatchLoader(
            BatchSource(TriggeredSource(count: 6, deed, trigger: trigger, gate: gate)), workers: 1,
            useMultiprocessing: true, launch: TestWorker.launch)
        let processes = try await loader.withBatches(limit: 6) { batches in
            for index in 0..<6 { #expect(try await batches.next()?.sourceIndex == index) }
            let processes = Set(batches.workerProcesses)
            try await TestProgram.onThread { trigger.pull() }
            #expect(try await batches.next() == nil)
            return processes.union(batches.workerProcesses)
        }
        expectNobody(processes)
    }
}
