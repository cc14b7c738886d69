/// Which batch is leased to which worker, what must be leased again, and who is to blame.
///
/// A pure value. Every ticket that enters is in exactly one place: leased to one worker, waiting to be leased again,
/// or answered and gone.
struct LeaseTable {
    /// After so many workers in a row have ended over a batch, it is given up.
    static let killLimit = 3

    private var leases: [[Ticket]]
    /// Tickets of workers that ended, the earliest first.
    private(set) var returned: [Ticket] = []
    /// How many workers have ended over a ticket, and which of all ends was the last of these.
    private var kills: [Ticket: (count: Int, end: Int)] = [:]
    /// How many workers have ended in all, and how many had when each worker was started.
    private var ends = 0
    private var births: [Int]
    /// How many workers in a row have ended in each place without having done anything, since any worker last did.
    private var uselessLives: [Int]
    /// Whether each worker has answered something in this life.
    private var isUseful: [Bool]

    init(workers: Int) {
        leases = Array(repeating: [], count: workers)
        isUseful = Array(repeating: false, count: workers)
        uselessLives = Array(repeating: 0, count: workers)
        births = Array(repeating: 0, count: workers)
    }

    /// The tickets that a worker holds, in the order in which it got them.
    func leases(of worker: Int) -> [Ticket] { leases[worker] }

    /// Leases a ticket to a worker.
    mutating func lease(_ ticket: Ticket, to worker: Int) { leases[worker].append(ticket) }

    /// Leases the earliest ticket that another worker has left behind, if there is one for this worker.
    ///
    /// One over which a worker has ended goes only to workers that were started since: where several were hit at once
    /// and not all are known to have ended, it would wander from one to the next and be blamed for each.
    mutating func leaseReturned(to worker: Int) -> Ticket? {
        guard let place = returned.firstIndex(where: { kills[$0].map { $0.end <= births[worker] } ?? true }) else {
            return nil
        }
        let ticket = returned.remove(at: place)
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
        for other in uselessLives.indices { uselessLives[other] = 0 }
        return ticket
    }

    /// A lease has not reached its worker and waits to be leased again; nobody is to blame.
    mutating func giveBack(_ ticket: Ticket, from worker: Int) {
        leases[worker].removeAll { $0 == ticket }
        returned = (returned + [ticket]).sorted { $0.number < $1.number }
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
        ends += 1
        births[worker] = ends
        defer { isUseful[worker] = false }
        var left = leases[worker]
        leases[worker] = []
        guard let suspect = left.first else {
            if !isUseful[worker] { uselessLives[worker] += 1 }
            return uselessLives[worker] < Self.killLimit ? .replace : .surrender
        }
        let count = (kills[suspect]?.count ?? 0) + 1
        kills[suspect] = (count, ends)
        let isGivenUp = count == Self.killLimit
        if isGivenUp {
            left.removeFirst()
            kills[suspect] = nil
        }
        returned = (returned + left).sorted { $0.number < $1.number }
        return isGivenUp ? .giveUp(suspect) : .replace
    }
}
