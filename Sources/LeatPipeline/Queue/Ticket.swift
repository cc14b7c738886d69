/// A request for one batch: its place in the stream and the batch that belongs there.
struct Ticket: Sendable, Hashable {
    /// The place in the stream, from 0.
    let number: Int
    /// The pass over the source.
    let epoch: Int
    /// The batch to ask the source for.
    let index: Int
}

/// One pass over a source: which batch belongs to which place in the stream.
struct Pass: Sendable {
    let epoch: Int
    /// The place of the pass' first batch; negative if the stream started within the pass.
    let first: Int
    let order: BatchOrder

    /// The place after the pass' last batch.
    var end: Int { order.count == .max ? .max : first.addingOrMax(order.count) }

    func ticket(_ number: Int) -> Ticket { Ticket(number: number, epoch: epoch, index: order[number - first]) }
}

extension Int {
    /// The sum with a number that is not negative, or `Int.max` where that is less.
    func addingOrMax(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
