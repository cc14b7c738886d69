/// The orders of the epochs that are being read: this one, and the next while it is being prefetched.
///
/// An order is worked out when it is first needed, once in a process.
final class EpochOrders: Sendable {
    private let makeOrder: @Sendable (_ epoch: Int) -> any SampleOrder
    private let orders = RecentValues<Int, any SampleOrder>(limit: 2)

    init(_ makeOrder: @escaping @Sendable (_ epoch: Int) -> any SampleOrder) { self.makeOrder = makeOrder }

    func order(epoch: Int) -> any SampleOrder { orders.value(for: epoch) { makeOrder(epoch) } }
}
