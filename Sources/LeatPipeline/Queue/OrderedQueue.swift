import LeatCore
import Synchronization

/// A bounded queue that delivers in order what is made in any order.
///
/// Producers claim tickets and hand in results; one consumer takes them by number. A producer that is `capacity`
/// ahead of the consumer is suspended until there is room.
final class OrderedQueue<Element: Sendable>: Sendable {
    typealias Wake = @Sendable () -> Void
    typealias Machine = StateMachine<CheckedContinuation<Element?, any Error>, Wake>

    private struct State {
        var machine: Machine
        var statistics = LoaderStatistics()

        /// Counts what a consumer gets.
        mutating func count(_ result: Result<Element, any Error>) {
            statistics.batchesDelivered += 1
            if case .success(let batch as Batch) = result { statistics.samplesDelivered += batch.count }
        }
    }

    private let start = ContinuousClock.now

    private let state: Lock<State>

    init(capacity: Int, pass: Pass, limit: Int = .max, isOrdered: Bool = true, ledger: FaultLedger = FaultLedger()) {
        state = Lock(
            State(
                machine: Machine(capacity: capacity, pass: pass, limit: limit, isOrdered: isOrdered, ledger: ledger)))
    }

    var position: BatchPosition { state.withLock { $0.machine.position } }

    /// What was skipped and replaced so far.
    var faults: [BatchFault] { state.withLock { $0.machine.ledger.faults } }

    /// What is going on now.
    var situation: QueueSituation { state.withLock { $0.machine.situation } }

    var statistics: LoaderStatistics {
        var statistics = state.withLock { $0.statistics }
        statistics.elapsed = ContinuousClock.now - start
        return statistics
    }

    /// How many batches are requested, perhaps ready, and not yet consumed.
    var windowCount: Int { state.withLock { $0.machine.requested - $0.machine.delivered } }

    // MARK: Producers

    /// The next ticket, as soon as there is room; nil when there is nothing more to do.
    func claim() async -> Ticket? {
        while true {
            switch state.withLock({ $0.machine.claim() }) {
            case .work(let ticket): return ticket
            case .stop: return nil
            case .wait: await waitForRoom()
            }
        }
    }

    /// The next ticket if there is room now; otherwise `wake` is called once when it is worth to try again.
    func claim(orWake wake: @escaping Wake) -> Machine.ClaimAction {
        while true {
            let (action, isWaiting) = state.withLock { state in
                let action = state.machine.claim()
                guard case .wait = action else { return (action, true) }
                return (action, state.machine.awaitRoom(wake))
            }
            if isWaiting { return action }
        }
    }

    /// The next ticket if there is room now.
    func claimNow() -> Ticket? {
        guard case .work(let ticket) = state.withLock({ $0.machine.claim() }) else { return nil }
        return ticket
    }

    /// Wakes those who wait for room as far as there is some; for one that was woken and has no use for it.
    func wakeAnother() {
        for wake in state.withLock({ $0.machine.wakeForRoom() }) { wake() }
    }

    var capacity: Int { state.withLock { $0.machine.capacity } }

    /// Hands in the result for a ticket.
    func complete(_ ticket: Ticket, _ result: Result<Element, any Error>) {
        let action = state.withLock { state in
            let action = state.machine.complete(ticket.number, result)
            if case .resume(_, let result, _) = action { state.count(result) }
            return action
        }
        switch action {
        case .none: break
        case .wake(let wake):
            for wake in wake { wake() }
        case .resume(let consumer, let result, let wake):
            consumer.resume(with: result.map { $0 })
            for wake in wake { wake() }
        }
    }

    /// Says that the source has ended before the ticket.
    func finish(at ticket: Ticket) {
        if case .resume(let consumer) = state.withLock({ $0.machine.finish(at: ticket.number) }) {
            consumer.resume(returning: nil)
        }
    }

    /// Says that nothing more can be made.
    func fail(_ error: any Error) {
        if case .resume(let consumer) = state.withLock({ $0.machine.fail(error) }) { consumer.resume(throwing: error) }
    }

    private func waitForRoom() async {
        let start = ContinuousClock.now
        await withCheckedContinuation { continuation in
            let isWaiting = state.withLock { $0.machine.awaitRoom { continuation.resume() } }
            if !isWaiting { continuation.resume() }
        }
        producerWaited(ContinuousClock.now - start)
    }

    /// Counts how long a producer has been making a batch.
    func producerWorked(_ time: Duration) { state.withLock { $0.statistics.producersWorked += time } }

    /// Counts how long a producer has had nothing to do for want of room.
    func producerWaited(_ time: Duration) { state.withLock { $0.statistics.producersWaited += time } }

    /// Counts a worker that ended and is replaced.
    func workerReplaced() { state.withLock { $0.statistics.workersReplaced += 1 } }

    // MARK: The consumer

    /// The next batch in order, or nil after the last.
    ///
    /// Where it is not there yet, `prepare` is called, which says whether that has changed anything.
    ///
    /// - Throws: The error of the batch whose turn it is, `SkippedBatch` if that is left out, what `watchdog` says when
    ///   its time is over, or `CancellationError` as soon as the task is cancelled.
    func next(
        watchdog: StallWatchdog? = nil, preparing prepare: () async -> Bool = { false }
    ) async throws -> Element? {
        while true {
            try Task.checkCancellation()
            switch take() {
            case .deliver(let result, let wake):
                for wake in wake { wake() }
                return try result.get()
            case .end: return nil
            case .refuse: throw Self.secondConsumer
            case .wait(let wake):
                for wake in wake { wake() }
                let start = ContinuousClock.now
                guard await prepare() else { return try await waitForNext(watchdog) }
                // Without workers the consumer waits while it makes its batch.
                state.withLock { $0.statistics.consumerWaited += ContinuousClock.now - start }
            }
        }
    }

    private func take() -> Machine.NextAction {
        state.withLock { state in
            let ready = state.machine.readyCount
            let action = state.machine.next()
            if case .deliver(let result, _) = action {
                state.statistics.readyWhenAsked += ready
                state.count(result)
            }
            return action
        }
    }

    private func waitForNext(_ watchdog: StallWatchdog?) async throws -> Element? {
        guard let watchdog else { return try await waitForNext() }
        // Ended by the end of this scope, one way or the other.
        async let _: Void = watch(watchdog)
        return try await waitForNext()
    }

    /// Ends the consumer's wait when it has lasted too long.
    private func watch(_ watchdog: StallWatchdog) async {
        guard (try? await Task.sleep(for: watchdog.time, clock: .suspending)) != nil else { return }
        let error = watchdog.error(situation)
        state.withLock { $0.machine.stopWaiting() }?.resume(throwing: error)
    }

    private func waitForNext() async throws -> Element? {
        let start = ContinuousClock.now
        defer { state.withLock { $0.statistics.consumerWaited += ContinuousClock.now - start } }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                suspend(continuation)
                // Cancelled before there was a continuation to resume: the handler found none, so look once more.
                if Task.isCancelled { cancelWaiting() }
            }
        } onCancel: {
            cancelWaiting()
        }
    }

    private func suspend(_ continuation: CheckedContinuation<Element?, any Error>) {
        let action = state.withLock { state in
            let action = state.machine.awaitNext(continuation)
            if case .deliver(let result, _) = action { state.count(result) }
            return action
        }
        switch action {
        case .wait(let wake):
            for wake in wake { wake() }
        case .deliver(let result, let wake):
            continuation.resume(with: result.map { $0 })
            for wake in wake { wake() }
        case .end: continuation.resume(returning: nil)
        case .refuse: continuation.resume(throwing: Self.secondConsumer)
        }
    }

    private func cancelWaiting() {
        state.withLock { $0.machine.stopWaiting() }?.resume(throwing: CancellationError())
    }

    private static var secondConsumer: PipelineError {
        PipelineError(
            .concurrentConsumers,
            "Two tasks asked one stream of batches for the next one; give each task its own stream.")
    }

    // MARK: Ends of passes, and the end

    /// The epoch of a pass that was consumed whole, as soon as there is one; nil when there will be none.
    func passEnded() async -> Int? {
        while true {
            switch state.withLock({ $0.machine.takePassEnd() }) {
            case .ended(let epoch): return epoch
            case .stop: return nil
            case .wait:
                await withCheckedContinuation { continuation in
                    let isWaiting = state.withLock { $0.machine.awaitPassEnd { continuation.resume() } }
                    if !isWaiting { continuation.resume() }
                }
            }
        }
    }

    /// The epoch of a pass that was consumed whole and whose end has not been dealt with.
    func passEndedNow() -> Int? {
        guard case .ended(let epoch) = state.withLock({ $0.machine.takePassEnd() }) else { return nil }
        return epoch
    }

    /// Opens the pass after the one that ended.
    func openPass(_ order: BatchOrder) {
        for wake in state.withLock({ $0.machine.openPass(order) }) { wake() }
    }

    /// Ends all waiting; nothing is delivered from now on.
    func close() {
        let (consumer, wake) = state.withLock { $0.machine.close() }
        consumer?.resume(returning: nil)
        for wake in wake { wake() }
    }
}
