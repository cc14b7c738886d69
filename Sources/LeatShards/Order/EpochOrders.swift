import LeatCore
import LeatPipeline
import Synchronization

/// The orders of the epochs that are being read: this one, and the next while it is being prefetched.
///
/// An order is worked out when it is first needed, once in a process.
final class EpochOrders: Sendable {
    private let makeOrder: @Sendable (_ epoch: Int) -> any SampleOrder
    private let kept = Lock<[(epoch: Int, order: Once)]>([])

    /// Readers of one epoch wait for its order, and not for that of another epoch.
    private final class Once: Sendable {
        private let order = Lock<(any SampleOrder)?>(nil)

        func value(_ make: () -> any SampleOrder) -> any SampleOrder {
            order.withLock { order in
                if let order { return order }
                let made = make()
                order = made
                return made
            }
        }
    }

    init(_ makeOrder: @escaping @Sendable (_ epoch: Int) -> any SampleOrder) { self.makeOrder = makeOrder }

    func order(epoch: Int) -> any SampleOrder {
        let once = kept.withLock { kept in
            if let known = kept.first(where: { $0.epoch == epoch }) { return known.order }
            let once = Once()
            if kept.count == 2 { kept.removeFirst() }
            kept.append((epoch, once))
            return once
        }
        return once.value { makeOrder(epoch) }
    }
}
