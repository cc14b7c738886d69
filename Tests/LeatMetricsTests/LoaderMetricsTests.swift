import LeatMetrics
import LeatPipeline
import LeatTestSupport
import MetricsTestKit
import Testing

@Suite(.timeLimit(.minutes(1))) struct LoaderMetricsTests {
    private let backend = TestMetrics()
    private let dimensions = [("dataset", "train")]

    private func total(_ name: String) throws -> Int {
        Int(try backend.expectCounter("leat.loader.\(name)", dimensions).totalValue)
    }

    @Test(arguments: [0, 2]) func `what a loader delivers is what its metrics count`(workers: Int) async throws {
        let loader = try BatchLoader(
            BatchSource(FlawedSource(count: 9, flaws: [2, 5])), workers: workers, maxQueueSize: 4,
            faultPolicy: .skip(.unlimited))
        let metrics = LoaderMetrics(dimensions: dimensions, factory: backend)
        let statistics = try await loader.withBatches(limit: 18) { batches in
            var received = 0
            for try await batch in batches.reporting(to: metrics) {
                received += batch.count
                #expect(try total("samples") == received)
            }
            return batches.statistics
        }
        #expect(try total("batches") == statistics.batchesDelivered)
        #expect(try total("samples") == statistics.samplesDelivered)
        #expect(try total("samples") == 14 * 2)
        #expect(try total("faults") == 4)
        // One more than batches: the end.
        #expect(try backend.expectTimer("leat.loader.batch.wait", dimensions).values.count == 15)
        #expect(try backend.expectGauge("leat.loader.queue.batches", dimensions).values.allSatisfy { 0...4 ~= $0 })
        #expect(try backend.expectGauge("leat.loader.queue.ready", dimensions).values.allSatisfy { 0...4 ~= $0 })
    }

    @Test func `times are counted in seconds, and each only once`() throws {
        // Floating-point counters reach a backend of whole numbers when a whole is full.
        let metrics = LoaderMetrics(dimensions: dimensions, factory: backend)
        var statistics = LoaderStatistics()
        for step in 1...4 {
            statistics.batchesDelivered = 10 * step
            statistics.consumerWaited = .milliseconds(500 * step)
            statistics.producersWorked = .seconds(3 * step)
            statistics.producersWaited = .milliseconds(1500 * step)
            statistics.readyWhenAsked = 25 * step
            statistics.workersReplaced = step / 2
            metrics.report(statistics, faults: step / 2, queued: step)
        }
        #expect(try total("batches") == 40)
        #expect(try total("faults") == 2)
        #expect(try total("workers.replaced") == 2)
        #expect(try total("consumer.wait") == 2)
        #expect(try total("workers.busy") == 12)
        #expect(try total("workers.wait") == 6)
        let waits = try backend.expectTimer("leat.loader.batch.wait", dimensions).values
        #expect(waits == Array(repeating: 500_000_000, count: 4))
        #expect(try backend.expectGauge("leat.loader.queue.batches", dimensions).values == [1, 2, 3, 4])
        #expect(try backend.expectGauge("leat.loader.queue.ready", dimensions).values == [2.5, 2.5, 2.5, 2.5])
    }

    @Test func `another run's counts are added, not taken for a step back`() throws {
        let metrics = LoaderMetrics(dimensions: dimensions, factory: backend)
        var statistics = LoaderStatistics()
        for batches in [7, 9, 3, 3, 5] {
            statistics.batchesDelivered = batches
            metrics.report(statistics)
        }
        #expect(try total("batches") == 14)
    }
}
