/// Which order each pass has.
struct BatchSchedule: Sendable {
    let count: Int
    let isShuffled: Bool
    let seed: UInt64

    func order(epoch: Int) -> BatchOrder {
        isShuffled ? BatchOrder(count: count, shuffledBy: seed, epoch: epoch) : BatchOrder(count: count)
    }

    /// The pass that a stream starts in, if it starts at the given position.
    func pass(from position: BatchPosition) -> Pass {
        Pass(epoch: position.epoch, first: -position.index, order: order(epoch: position.epoch))
    }
}
