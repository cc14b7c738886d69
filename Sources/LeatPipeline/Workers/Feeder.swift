/// Makes the batches that a queue delivers: at once, in tasks, or in other processes.
protocol Feeder: Sendable {
    /// Called by the consumer where its batch is not there yet; a feeder without workers makes a batch here.
    ///
    /// - Returns: Whether it has made one.
    func prepareNext() async -> Bool

    /// Ends what the feeder has started, after the queue was closed.
    func stop() async

    /// What each worker process does now, a sentence each.
    var situation: [String] { get }
}

extension Feeder {
    /// Nothing: workers see to it.
    func prepareNext() async -> Bool { false }

    /// Nothing: there are none.
    var situation: [String] { [] }
}

/// A source of numbered batches as its workers see it: the source, the queue to fill, and the order of each pass.
struct IndexedStream: Sendable {
    let source: any BatchSequence
    let queue: OrderedQueue<Batch>
    let schedule: BatchSchedule
    /// The time, by the clock that making is measured with.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }

    /// Makes the batch for a ticket and hands it in; says between the two how long it took.
    func work(on ticket: Ticket, willHandIn: (_ time: Duration) -> Void = { _ in }) async {
        let start = now()
        let result: Result<Batch, any Error>
        do {
            result = .success(try await source.locatedBatch(at: ticket.index, epoch: ticket.epoch))
        } catch {
            result = .failure(error)
        }
        let time = now() - start
        queue.producerWorked(time)
        willHandIn(time)
        queue.complete(ticket, result)
    }

    /// Tells the source that a pass has ended, then lets the next one begin.
    func endPass(_ epoch: Int) async {
        await source.onEpochEnd()
        queue.openPass(schedule.order(epoch: epoch + 1))
    }

    /// Sees to the ends of all passes until the queue is closed.
    func keepPasses() async {
        while let epoch = await queue.passEnded() { await endPass(epoch) }
    }
}
