/// The batches of a running loader, in order; valid within `BatchLoader.withBatches`.
///
/// For one consumer at a time. Iterating anew goes on where the last iteration stopped.
public final class BatchStream: AsyncSequence, Sendable {
    private let queue: OrderedQueue<Batch>
    private let feeder: any Feeder
    private let settings: [String: StateValue]?
    private let watchdog: StallWatchdog?

    /// A stream of what the feeder puts into the queue; the settings are nil if it can't be resumed.
    init(
        _ queue: OrderedQueue<Batch>, _ feeder: any Feeder, settings: [String: StateValue]?,
        stallTimeout: Duration? = nil
    ) {
        self.queue = queue
        self.feeder = feeder
        self.settings = settings
        watchdog = stallTimeout.map { StallWatchdog(time: $0) { feeder.situation } }
    }

    /// The next batch; nil after the last, or when the scope has ended.
    ///
    /// After an error, the next call goes on with the batch after the one that failed if the source knows its batches
    /// by number, and returns nil otherwise.
    ///
    /// - Throws: The error with which making the batch failed; `PipelineError` with the code `stalled` if the loader's
    ///   `stallTimeout` is over, after which the batch can be asked for again; `CancellationError` if the task is
    ///   cancelled.
    public func next() async throws -> Batch? {
        while true {
            switch try await nextPlace() {
            case .batch(let batch): return batch
            case .skipped: continue
            case nil: return nil
            }
        }
    }

    /// What there is for one place of the source's order.
    package enum Place: Sendable {
        case batch(Batch)
        /// Nothing: the batch can't be made and is left out.
        case skipped
    }

    /// What there is for the next place; nil after the last.
    package func nextPlace() async throws -> Place? {
        do {
            return try await queue.next(watchdog: watchdog) { await feeder.prepareNext() }.map { .batch($0) }
        } catch is SkippedBatch {
            return .skipped
        }
    }

    /// The batches that were skipped or replaced so far, in order; what a run that goes on from `position` is to be
    /// given with it.
    public var faults: [BatchFault] { queue.faults }

    /// The position before the next batch.
    public var position: BatchPosition { queue.position }

    /// What is to be kept to go on with the next batch in another run, however many workers or ranks that has; nil for
    /// a sequence or closure, and for batches without order, which can't be resumed.
    public var state: LoaderState? {
        settings.map { LoaderState(position: queue.position, settings: $0, faults: queue.faults) }
    }

    /// Where the time goes.
    public var statistics: LoaderStatistics { queue.statistics }

    /// How many batches are requested, being made, or ready, and not yet consumed.
    public var windowCount: Int { queue.windowCount }

    /// The worker processes that live now, by process identifier.
    package var workerProcesses: [Int32] { (feeder as? WorkerPool)?.processes ?? [] }

    func stop() async {
        queue.close()
        await feeder.stop()
    }

    /// Goes on from the stream's position.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let stream: BatchStream

        /// The stream's next batch.
        public mutating func next() async throws -> Batch? { try await stream.next() }
    }

    /// An iterator that goes on from the stream's position.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}

@available(*, unavailable)
extension BatchStream.AsyncIterator: Sendable {}
