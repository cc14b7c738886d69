/// Whether batches are made where they are used or by workers, from how long their making takes.
///
/// Handing a batch over costs a few microseconds of waking and waiting, whatever is in it. A batch that is made in less
/// is there sooner without. The first ones tell: many are slow before memory and caches are warm, so a few fast ones say
/// more, as long as the slow ones have not taken long. Later ones can still change the choice to workers, where what slow
/// ones cost is more than what fast ones spare, and no accident of the system's.
struct HandoverChoice: Equatable {
    /// Where batches are made.
    enum Place: Equatable { case consumer, workers }

    /// What takes longer than this is slow: as measured, about what handing over costs.
    static let limit: Duration = .microseconds(5)
    /// So long the slow ones of the beginning may take together; one alone may take any time.
    static let patience: Duration = .milliseconds(1)
    /// So many fast ones decide.
    private static let enough = 3
    /// A later slow one counts for no more than this: a few must come soon after each other.
    private static let mostOfOne = patience / 3

    /// The choice; nil as long as too few batches were made.
    private(set) var place: Place?
    private var fast = 0
    private var slow = 0
    private var slowTime: Duration = .zero
    /// The time that slow ones have taken more than handing over and that fast ones have not made good, once batches are
    /// made by the consumer.
    private var burden: Duration = .zero

    /// Notes how long a batch took to be made.
    ///
    /// - Parameters:
    ///   - time: How long it took.
    ///   - isLast: Whether the choice is due, so that an open one goes to workers.
    mutating func note(_ time: Duration, isLast: Bool = false) {
        let isSlow = time > Self.limit
        switch place {
        case .workers: break
        case .consumer:
            burden = max(burden + min(time - Self.limit, Self.mostOfOne), .zero)
            if burden >= Self.patience { place = .workers }
        case nil:
            if isSlow {
                slow += 1
                slowTime += time
            } else {
                fast += 1
            }
            if fast == Self.enough {
                place = .consumer
            } else if isLast || slow > 1 && slowTime > Self.patience {
                place = .workers
            }
        }
    }
}
