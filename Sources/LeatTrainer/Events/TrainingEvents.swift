import LeatCore
import Synchronization

/// The events of one training, for a `for await` loop; see `Trainer.events(bufferingNewestBatches:)`.
///
/// One loop takes each event once. Two loops over the same value share its events; ask the trainer twice for two.
public struct TrainingEvents: AsyncSequence, Sendable {
    /// Events are the elements.
    public typealias Element = TrainingEvent
    /// Events never fail; a failed training says so in its last one.
    public typealias Failure = Never

    let subscription: EventSubscription

    /// An iterator that takes events as they come.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(subscription: subscription) }

    /// Takes events as they come.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let subscription: EventSubscription

        /// The next event; nil after the last one and when the task is cancelled.
        public mutating func next() async -> TrainingEvent? { await subscription.next() }

        /// The next event; nil after the last one and when the task is cancelled.
        public mutating func next(isolation actor: isolated (any Actor)?) async -> TrainingEvent? {
            await subscription.next()
        }
    }
}

@available(*, unavailable)
extension TrainingEvents.AsyncIterator: Sendable {}

/// The place where the trainer leaves events for one subscriber.
final class EventSubscription: Sendable {
    private typealias Waiter = CheckedContinuation<TrainingEvent?, Never>

    private struct State {
        var buffer: EventBuffer
        var isFinished = false
        var waiters: [(id: Int, continuation: Waiter)] = []
        var nextID = 0
    }

    private let state: Lock<State>

    init(limit: Int) { state = Lock(State(buffer: EventBuffer(limit: limit))) }

    /// Adds an event, or hands it to whoever waits.
    func send(_ event: TrainingEvent) {
        let waiter = state.withLock { state -> Waiter? in
            guard !state.isFinished else { return nil }
            guard state.waiters.isEmpty else { return state.waiters.removeFirst().continuation }
            state.buffer.append(event)
            return nil
        }
        waiter?.resume(returning: event)
    }

    /// Says that nothing more will come; what is buffered can still be taken.
    func finish() {
        let waiters = state.withLock { state in
            state.isFinished = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume(returning: nil) }
    }

    func next() async -> TrainingEvent? {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let ready: TrainingEvent?? = state.withLock { state in
                    if let event = state.buffer.popFirst() { return .some(event) }
                    // A cancellation before this point finds no waiter to wake, so it must be seen here.
                    if state.isFinished || Task.isCancelled { return .some(nil) }
                    state.waiters.append((id, continuation))
                    return nil
                }
                if let ready { continuation.resume(returning: ready) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: nil)
        }
    }
}
