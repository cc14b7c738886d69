/// Which batch is leased to which worker, what must be leased again, and who is to blame.
///
/// A pure value. Every ticket that enters is in exactly one place: leased to one worker, waiting to be leased again,
/// or answered and gone.
struct LeaseTable {
    /// After so many workers in a row have ended over a batch, it is given up.
    static let killLimit = 3

    private var leases: [[Ticket]]
    /// Tickets of workers that ended, the earliest first.
    private var returned: [Ticket] = []
    /// How many workers have ended over a ticket.
    private var kills: [Ticket: Int] = [:]
    /// How many workers in a row have ended without having done anything.
    private var uselessLives = 0
    /// Whether each worker has answered something in this life.
    private var isUseful: [Bool]

    init(workers: Int) {
        leases = Array(repeating: [], count: workers)
        isUseful = Array(repeating: false, count: workers)
    }

    /// The tickets that a worker holds, in the order in which it got them.
    func leases(of worker: Int) -> [Ticket] { leases[worker] }

    /// Leases a ticket to a worker.
    mutating func lease(_ ticket: Ticket, to worker: Int) { leases[worker].append(ticket) }

    /// Leases the earliest ticket that another worker has left behind, if there is one.
    mutating func leaseReturned(to worker: Int) -> Ticket? {
        guard !returned.isEmpty else { return nil }
        let ticket = returned.removeFirst()
        leases[worker].append(ticket)
        return ticket
    }

    /// A worker has answered; nil if it was not asked.
    mutating func settle(index: Int, epoch: Int, by worker: Int) -> Ticket? {
        guard let place = leases[worker].firstIndex(where: { $0.index == index && $0.epoch == epoch }) else {
            return nil
        }
        let ticket = leases[worker].remove(at: place)
        kills[ticket] = nil
        isUseful[worker] = true
        uselessLives = 0
        return ticket
    }

    /// What follows from a worker's end.
    enum Verdict: Equatable {
        /// Start another one; its leases wait to be leased again.
        case replace
        /// The ticket has ended too many workers and is not leased again; start another worker.
        case giveUp(Ticket)
        /// Workers end before they do anything; another one would not help.
        case surrender
    }

    /// A worker has ended.
    ///
    /// A worker makes its batches one after the other, so the first of its leases is to blame.
    mutating func end(_ worker: Int) -> Verdict {
        defer { isUseful[worker] = false }
        var left = leases[worker]
        leases[worker] = []
        guard let suspect = left.first else {
            if !isUseful[worker] { uselessLives += 1 }
            return uselessLives < Self.killLimit ? .replace : .surrender
        }
        kills[suspect, default: 0] += 1
        let isGivenUp = kills[suspect] == Self.killLimit
        if isGivenUp {
            left.removeFirst()
            kills[suspect] = nil
        }
        returned = (returned + left).sorted { $0.number < $1.number }
        return isGivenUp ? .giveUp(suspect) : .replace
    }
}
