import LeatCore
import Synchronization

/// Passes a trainer's events on to all who asked for them.
final class EventHub: Sendable {
    private struct Weak {
        weak var subscription: EventSubscription?
    }

    private let subscriptions = Lock<[Weak]>([])
    /// Kept beside the list so that a training that nobody watches pays one load a batch.
    private let count = Atomic(0)

    deinit { for weak in subscriptions.withLock({ $0 }) { weak.subscription?.finish() } }

    /// A new subscription; it lasts as long as somebody holds it, at most to the end of a training.
    func subscribe(limit: Int) -> TrainingEvents {
        let subscription = EventSubscription(limit: limit)
        subscriptions.withLock { list in
            list.removeAll { $0.subscription == nil }
            list.append(Weak(subscription: subscription))
            count.store(list.count, ordering: .relaxed)
        }
        return TrainingEvents(subscription: subscription)
    }

    /// Sends an event to all subscribers, and ends their sequences after the last one.
    func send(_ event: @autoclosure () -> TrainingEvent) {
        guard count.load(ordering: .relaxed) > 0 else { return }
        let event = event()
        let ended = if case .trainingEnded = event { true } else { false }
        let current = subscriptions.withLock { list in
            defer {
                if ended { list = [] }
                count.store(list.count, ordering: .relaxed)
            }
            return list
        }
        for weak in current {
            weak.subscription?.send(event)
            if ended { weak.subscription?.finish() }
        }
    }
}
