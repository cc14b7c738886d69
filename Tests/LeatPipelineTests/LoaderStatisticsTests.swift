import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

@Suite struct LoaderStatisticsTests {
    private func statistics(waited: Duration) -> LoaderStatistics {
        var statistics = LoaderStatistics()
        statistics.batchesDelivered = 10
        statistics.samplesDelivered = 5_280
        statistics.readyWhenAsked = 25
        statistics.consumerWaited = waited
        statistics.producersWaited = .milliseconds(1500)
        statistics.producersWorked = .seconds(3)
        statistics.elapsed = .seconds(4)
        return statistics
    }

    @Test func `a line says whether workers or the model are too slow`() {
        #expect(
            statistics(waited: .seconds(1)).summary
                == "input-bound: 25.0 % of the time was spent waiting for batches, 2.5 were ready on average, "
                + "1,320 samples/s; workers worked 3.0 s and waited 1.5 s for room")
        #expect(statistics(waited: .milliseconds(40)).summary.hasPrefix("compute-bound: 1.0 % of the time"))
        #expect(LoaderStatistics().summary.hasSuffix("0 samples/s; workers worked 0.0 ms and waited 0.0 ms for room"))
        var eventful = LoaderStatistics()
        (eventful.workersReplaced, eventful.producersWorked) = (2, .microseconds(999_940))
        #expect(
            eventful.summary.hasSuffix("worked 999.9 ms and waited 0.0 ms for room; workers ended and were replaced: 2")
        )
    }

    @Test func `a line of JSON says the same to machines`() throws {
        let json = statistics(waited: .seconds(1)).json
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        #expect(object["samples"] as? Int == 5280)
        #expect(object["samples_per_s"] as? Double == 1320)
        #expect(object["consumer_waited_s"] as? Double == 1)
        #expect(object["workers_replaced"] as? Int == 0)
        #expect(object["input_bound"] as? Bool == true)
        #expect(!json.contains("\n"))
    }

    @Test func `a count from another leaves what happened between`() {
        let later = statistics(waited: .seconds(2))
        #expect(later.since(later) == LoaderStatistics())
        #expect(later.since(LoaderStatistics()) == later)
    }

    @Test(arguments: Workers.allCases) func `batches and samples are counted whoever makes them`(
        workers: Workers
    ) async throws {
        let loader = try BatchLoader(
            BatchSource(CountingSource(count: 5)), workers: workers.count, useMultiprocessing: workers.areProcesses,
            launch: TestWorker.launch)
        let statistics = try await loader.withBatches(limit: 10) { batches in
            _ = try await collect(batches)
            return batches.statistics
        }
        #expect(statistics.batchesDelivered == 10)
        #expect(statistics.samplesDelivered == 30)
        #expect(statistics.workersReplaced == 0)
        #expect(statistics.producersWorked > .zero)
        // Without workers it is certain; workers may have each batch ready before it is asked for.
        if workers.count == 0 { #expect(statistics.consumerWaited > .zero) }
        #expect(statistics.elapsed >= statistics.consumerWaited)
    }
}
