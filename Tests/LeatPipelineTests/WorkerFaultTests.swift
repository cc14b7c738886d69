import Foundation
import LeatCore
import LeatTestSupport
import Testing

@testable import LeatPipeline

/// Everything that can end a worker, at every moment of its life: each batch comes once and in order all the same.
@Suite(.serialized, .timeLimit(.minutes(2))) struct WorkerFaultTests {
    private static let deeds: [MisbehavingSource.Deed] = [
        .killItself, .segfault, .exitZero, .exitSeven, .stop, .garble, .cutFrame, .closePipe,
    ]

    private func expectWhole(_ batches: [Batch], count: Int, epochs: Int) {
        #expect(batches.map(\.sourceIndex) == (0..<epochs).flatMap { _ in 0..<count })
        #expect(batches.map(\.sourceEpoch) == (0..<epochs).flatMap { Array(repeating: $0, count: count) })
    }

    @Test(arguments: FragileSource.Phase.allCases, deeds)
    func `a worker, or all of them, may come to grief at any moment`(
        phase: FragileSource.Phase, deed: MisbehavingSource.Deed
    ) async throws {
        // Thirty seconds to say hello are too many for a test; see the test of the greeting below.
        if phase == .beforeHello, deed == .stop { return }
        for times in deed == .stop ? 2...2 : 1...2 {
            let markers = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: markers, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: markers) }
            let source = FragileSource(count: 6, deed, phase, markers: markers.path, times: times)
            let grief = phase == .beforeHello ? ["fragile", deed.rawValue, markers.path, "\(times)"] : []
            let loader = try BatchLoader(
                BatchSource(source), workers: 2, useMultiprocessing: true, maxQueueSize: 4,
                launch: TestWorker.launch(grief),
                workerTimeout: deed == .stop ? .seconds(2) : nil)
            expectWhole(try await collect(loader, limit: 18), count: 6, epochs: 3)
            #expect(try FileManager.default.contentsOfDirectory(atPath: markers.path).count == times)
        }
    }

    @Test func `a worker that is stopped before it says hello is given up and another one started`() async throws {
        let markers = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: markers, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: markers) }
        let source = CountingSource(count: 3)
        var order = try WorkerOrder(
            source, count: 3,
            launch: TestWorker.launch(["fragile", "stop", markers.path, "1"]))
        order.helloTime = .seconds(2)
        let queue = OrderedQueue<Batch>(
            capacity: 4, pass: Pass(epoch: 0, first: 0, order: BatchOrder(count: 3)), limit: 3)
        let desk = try LeaseDesk(order, queue, workers: 1)
        let minder = try OwnThread(name: "leat-minder") { WorkerMinder(worker: 0, desk: desk).run() }
        for index in 0..<3 { #expect(try await queue.next()?.sourceIndex == index) }
        desk.close()
        await minder.join()
    }

    @Test(arguments: [SIGKILL, SIGSEGV, SIGTERM, SIGSTOP], [false, true])
    func `workers that are struck from outside, one or all, are replaced`(signal: Int32, all: Bool) async throws {
        let loader = try BatchLoader(
            BatchSource(CountingSource(count: 10)), workers: 3, useMultiprocessing: true, maxQueueSize: 6,
            launch: TestWorker.launch, workerTimeout: .seconds(2))
        let (batches, workers) = try await loader.withBatches(limit: 40) { batches in
            var received: [Batch] = []
            var workers: Set<Int32> = []
            while let batch = try await batches.next() {
                received.append(batch)
                workers.formUnion(batches.workerProcesses)
                // In the middle of an epoch, at its end, and at the very end of all.
                guard [5, 20, 40].contains(received.count) else { continue }
                for worker in batches.workerProcesses.prefix(all ? .max : 1) { kill(worker, signal) }
            }
            return (received, workers)
        }
        expectWhole(batches, count: 10, epochs: 4)
        for worker in workers { #expect(kill(worker, 0) == -1 && errno == ESRCH, "Worker \(worker) was left behind.") }
    }

    @Test(arguments: [1, 3]) func `ten thousand batches under a hundred blows come once each, in order`(
        workers: Int
    ) async throws {
        var random = PhiloxGenerator(seed: UInt64(workers))
        let blows = Set((0..<100).map { $0 * 100 + Int.random(in: 0..<100, using: &random) })
        let source = CountingSource(count: 250, rows: 40, columns: 50, isTrivial: true)
        let loader = try BatchLoader(
            BatchSource(source), workers: workers, useMultiprocessing: true, maxQueueSize: 8, shuffle: true, seed: 9,
            launch: TestWorker.launch)
        let (received, replaced) = try await loader.withBatches(limit: 10_000) { batches in
            var received: [[Int]] = []
            while let batch = try await batches.next() {
                #expect(batch.inputs.count == 2000)
                received.append([batch.sourceEpoch, batch.sourceIndex])
                guard blows.contains(received.count), let worker = batches.workerProcesses.randomElement(using: &random)
                else { continue }
                kill(worker, [SIGKILL, SIGSEGV, SIGTERM].randomElement(using: &random) ?? SIGKILL)
            }
            return (received, batches.statistics.workersReplaced)
        }
        // Two blows may hit the same one.
        #expect(50...100 ~= replaced)
        let expected = (0..<40).flatMap { epoch in
            BatchOrder(count: 250, shuffledBy: 9, epoch: epoch).map { [epoch, $0] }
        }
        #expect(received == expected)
    }
}
