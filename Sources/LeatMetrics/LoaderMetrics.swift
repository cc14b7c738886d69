public import CoreMetrics
import LeatCore
public import LeatPipeline
import Synchronization

/// Reports what a loader does through swift-metrics, to whatever a program has set up there, Prometheus for one.
///
/// ```swift
/// let metrics = LoaderMetrics(dimensions: [("dataset", "train")])
/// try await loader.withBatches { batches in
///     for try await batch in batches.reporting(to: metrics) { … }
/// }
/// ```
///
/// With the label `leat.loader` the metrics are, times in seconds:
///
/// | name | kind | meaning |
/// |---|---|---|
/// | `leat.loader.batches`, `.samples`, `.faults` | counter | handed to the consumer; batches skipped, replaced or short |
/// | `leat.loader.workers.replaced` | counter | worker processes that ended unasked, or were ended |
/// | `leat.loader.consumer.wait` | floating-point counter | the consumer has waited for batches |
/// | `leat.loader.workers.busy`, `.workers.wait` | floating-point counter | workers have made batches, or waited for room |
/// | `leat.loader.batch.wait` | timer | the consumer's wait between two reports, by default for one batch |
/// | `leat.loader.queue.batches`, `.queue.ready` | gauge | requested and not consumed; of these ready when last asked for |
public final class LoaderMetrics: Sendable {
    private let batches, samples, faults, workersReplaced: Counter
    private let consumerWait, workersBusy, workersWait: FloatingPointCounter
    private let batchWait: Timer
    private let queued, ready: Gauge
    /// What has been reported.
    private let reported = Lock((statistics: LoaderStatistics(), faults: 0))

    /// Metrics of one loader.
    ///
    /// - Parameters:
    ///   - label: What their names begin with.
    ///   - dimensions: What tells them from other loaders'.
    ///   - factory: Who makes them; nil for the one that the program has set up.
    public init(
        label: String = "leat.loader", dimensions: [(String, String)] = [], factory: (any MetricsFactory)? = nil
    ) {
        let factory = factory ?? MetricsSystem.factory
        func counter(_ name: String) -> Counter {
            Counter(label: "\(label).\(name)", dimensions: dimensions, factory: factory)
        }
        func seconds(_ name: String) -> FloatingPointCounter {
            FloatingPointCounter(label: "\(label).\(name)", dimensions: dimensions, factory: factory)
        }
        func gauge(_ name: String) -> Gauge {
            Gauge(label: "\(label).\(name)", dimensions: dimensions, factory: factory)
        }
        (batches, samples, faults) = (counter("batches"), counter("samples"), counter("faults"))
        workersReplaced = counter("workers.replaced")
        (consumerWait, workersBusy) = (seconds("consumer.wait"), seconds("workers.busy"))
        workersWait = seconds("workers.wait")
        batchWait = Timer(label: "\(label).batch.wait", dimensions: dimensions, factory: factory)
        (queued, ready) = (gauge("queue.batches"), gauge("queue.ready"))
    }

    /// Reports what has changed since the last report.
    ///
    /// - Parameters:
    ///   - statistics: What the loader has counted; a count that went back is taken for another loader's first.
    ///   - faults: How many faults there have been.
    ///   - queued: How many batches are requested and not consumed, if it is known.
    public func report(_ statistics: LoaderStatistics, faults: Int = 0, queued: Int? = nil) {
        let (change, newFaults) = reported.withLock { reported in
            let last = reported.statistics
            if statistics.batchesDelivered < last.batchesDelivered || faults < reported.faults
                || statistics.consumerWaited < last.consumerWaited || statistics.producersWorked < last.producersWorked
                || statistics.producersWaited < last.producersWaited
                || statistics.workersReplaced < last.workersReplaced
            {
                reported = (LoaderStatistics(), 0)
            }
            defer { reported = (statistics, faults) }
            return (statistics.since(reported.statistics), faults - reported.faults)
        }
        batches.increment(by: change.batchesDelivered)
        samples.increment(by: change.samplesDelivered)
        self.faults.increment(by: newFaults)
        workersReplaced.increment(by: change.workersReplaced)
        consumerWait.increment(by: change.consumerWaited.inSeconds)
        workersBusy.increment(by: change.producersWorked.inSeconds)
        workersWait.increment(by: change.producersWaited.inSeconds)
        batchWait.recordSeconds(change.consumerWaited.inSeconds)
        if change.batchesDelivered > 0 { ready.record(change.meanReady) }
        if let queued { self.queued.record(queued) }
    }

    /// Reports what has changed in a stream.
    public func report(_ stream: BatchStream) {
        report(stream.statistics, faults: stream.faults.count, queued: stream.windowCount)
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
