import LeatCore

/// Where a loader's time goes: if the consumer waits, the source is too slow; if the producers wait, the model is.
public struct LoaderStatistics: Sendable, Hashable, Codable {
    /// The batches handed to the consumer, those that failed included.
    public var batchesDelivered = 0
    /// The samples in these batches.
    public var samplesDelivered = 0
    /// How long the consumer has waited for batches.
    public var consumerWaited = Duration.zero
    /// How long producers have waited for room in the queue, all of them added up.
    public var producersWaited = Duration.zero
    /// How long producers have been making batches, all of them added up; with processes, as long as a batch was awaited.
    public var producersWorked = Duration.zero
    /// The batches that were ready when the consumer asked, added up over all it asked for.
    public var readyWhenAsked = 0
    /// The worker processes that ended unasked, or were ended, and were replaced.
    public var workersReplaced = 0
    /// The time since the loader was started, or what is left of it where one count was taken from another.
    public var elapsed = Duration.zero

    /// Nothing delivered yet.
    public init() {}

    /// What has been counted since an earlier count of the same loader.
    public func since(_ earlier: LoaderStatistics) -> LoaderStatistics {
        var rest = self
        rest.batchesDelivered -= earlier.batchesDelivered
        rest.samplesDelivered -= earlier.samplesDelivered
        rest.consumerWaited -= earlier.consumerWaited
        rest.producersWaited -= earlier.producersWaited
        rest.producersWorked -= earlier.producersWorked
        rest.readyWhenAsked -= earlier.readyWhenAsked
        rest.workersReplaced -= earlier.workersReplaced
        rest.elapsed -= earlier.elapsed
        return rest
    }

    /// The samples delivered in a second.
    public var samplesPerSecond: Double { elapsed > .zero ? Double(samplesDelivered) / elapsed.inSeconds : 0 }

    /// The share of the time, 0 to 1, that the consumer has waited.
    public var waitingShare: Double { elapsed > .zero ? min(1, consumerWaited.inSeconds / elapsed.inSeconds) : 0 }

    /// The batches that were ready, on average, when the consumer asked for one.
    public var meanReady: Double { batchesDelivered > 0 ? Double(readyWhenAsked) / Double(batchesDelivered) : 0 }

    /// Whether the consumer waits for its batches more than a twentieth of the time: more or faster workers would help.
    public var isInputBound: Bool { waitingShare > 0.05 }

    /// All of it in one line for people.
    public var summary: String {
        let replaced = workersReplaced == 0 ? "" : "; workers ended and were replaced: \(workersReplaced)"
        return (isInputBound ? "input-bound" : "compute-bound")
            + ": \(Self.tenths(100 * waitingShare)) % of the time was spent waiting for batches, "
            + "\(Self.tenths(meanReady)) were ready on average, "
            + "\(Int(samplesPerSecond).grouped) samples/s; workers worked \(Self.time(producersWorked)) "
            + "and waited \(Self.time(producersWaited)) for room\(replaced)"
    }

    /// All of it in one line of JSON for machines, times in seconds.
    public var json: String {
        let numbers: [(String, Double)] = [
            ("elapsed_s", elapsed.inSeconds), ("samples_per_s", samplesPerSecond), ("mean_ready", meanReady),
            ("consumer_waited_s", consumerWaited.inSeconds), ("producers_waited_s", producersWaited.inSeconds),
            ("producers_worked_s", producersWorked.inSeconds),
        ]
        let counts = [
            ("batches", batchesDelivered), ("samples", samplesDelivered), ("workers_replaced", workersReplaced),
        ].map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
        let times = numbers.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
        return "{\(counts), \(times), \"input_bound\": \(isInputBound)}"
    }

    private static func tenths(_ number: Double) -> String { "\((number * 10).rounded() / 10)" }

    /// A time in seconds, or below one in milliseconds.
    private static func time(_ duration: Duration) -> String {
        duration < .seconds(1) ? "\(tenths(1000 * duration.inSeconds)) ms" : "\(tenths(duration.inSeconds)) s"
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
