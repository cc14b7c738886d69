import LeatCore

@testable import LeatPipeline

/// The queue, the leases and the fault policy together, under a scheduler that a seed decides.
///
/// Everything that threads and processes do between two locks is a step here; which one is next, who dies, stalls or
/// gives up is drawn. After each step all that is promised is checked.
struct PipelineSimulation {
    typealias Queue = OrderedQueue<Int>.StateMachine<Void, Waker>
    typealias Desk = LeaseDesk.StateMachine

    enum Waker: Hashable {
        case worker(Int)
        case keeper
    }

    let seed: UInt64
    let plan: Plan
    var random: PhiloxGenerator
    var oracle: Oracle
    var queue: Queue
    var desk: Desk
    var workers: [Worker]
    /// What was woken and does not know it yet.
    var wakes: [Waker] = []
    /// Places that were given out and are not filled.
    var outstanding: Set<Int> = []
    /// For how many strikes each place could be blamed, and how many there were since a worker answered.
    var strikes: [Int: Int] = [:]
    var strikesInARow = 0
    /// Whether steps are written down for the report.
    let isReplayed: Bool
    var steps: [String] = []

    var delivered = 0
    var isConsumerWaiting = false
    var isKeeperWaiting = false
    /// The pass whose end is being dealt with.
    var endingPass: Int?
    var openPasses = 0
    var hasEnded = false

    init(seed: UInt64, isReplayed: Bool = false) {
        self.seed = seed
        self.isReplayed = isReplayed
        var random = PhiloxGenerator(seed: seed, stream: 7)
        plan = Plan(&random)
        self.random = random
        oracle = Oracle(plan)
        queue = Queue(
            capacity: plan.capacity, pass: Pass(epoch: 0, first: -plan.start, order: plan.order(epoch: 0)),
            limit: plan.limit, isOrdered: plan.isOrdered, ledger: FaultLedger(plan.policy))
        desk = Desk(workers: plan.workers, leasesPerWorker: plan.capacity / 2 >= plan.workers ? 2 : 1)
        workers = (0..<plan.workers).map { _ in Worker() }
        if plan.areTasks { for worker in workers.indices { workers[worker].state = .claiming(mayWait: true) } }
    }

    /// Goes through one schedule.
    mutating func run() throws {
        for _ in 0..<250 where !hasEnded {
            try step()
            try check()
        }
        if !hasEnded { try drain() }
    }

    private mutating func step() throws {
        let worker = Int.random(in: 0..<workers.count, using: &random)
        switch Int.random(in: 0..<1000, using: &random) {
        case 0..<450: try advance(worker)
        case 450..<600: work(worker)
        case 600..<760: try deliverWake()
        case 760..<880: try consume()
        case 880..<960: try keepPasses()
        case 960..<968: strike(CollectionOfOne(worker), stopping: false)
        case 968..<972: strike(CollectionOfOne(worker), stopping: true)
        case 972..<975: strike(workers.indices, stopping: Bool.random(using: &random))
        case 975..<990: giveUpWaiting()
        case 990 where Int.random(in: 0..<20, using: &random) == 0: try close()
        default: break
        }
    }

    /// With everyone doing their work and nobody struck any more, the consumer must come to the end, or far.
    private mutating func drain() throws {
        let goal = min(plan.limit, delivered + 3 * plan.capacity + 2 * plan.count)
        var rounds = 0
        while delivered < goal {
            rounds += 1
            try demand(rounds < 4000, "stuck at place \(delivered) of \(goal)")
            for worker in workers.indices {
                try advance(worker)
                work(worker)
                try check()
            }
            while !wakes.isEmpty { try deliverWake() }
            try keepPasses()
            if !isConsumerWaiting { try consume() }
            try check()
        }
    }

    // MARK: The consumer

    mutating func consume() throws {
        if isConsumerWaiting {
            guard case .refuse = queue.next() else { throw broken("a second consumer was not refused") }
            return
        }
        switch queue.awaitNext(()) {
        case .deliver(let result, let wake):
            try receive(result)
            wakes += wake
        case .wait(let wake):
            isConsumerWaiting = true
            wakes += wake
            log("consumer waits")
        case .end: try demand(delivered == plan.limit, "ended at place \(delivered) of \(plan.limit)")
        case .refuse: throw broken("the only consumer was refused")
        }
    }

    private mutating func giveUpWaiting() {
        if queue.stopWaiting() != nil { isConsumerWaiting = false }
    }

    mutating func receive(_ result: Result<Int, any Error>) throws {
        let place = delivered
        log("place \(place): \(result)")
        let got: Oracle.Outcome =
            switch result {
            case .success(let value): .batch(value)
            case .failure(is SkippedBatch): .skipped
            case .failure(let error as PipelineError) where error.code == .tooManyFaults: .tooMany
            case .failure: .failed
            }
        let isDue = oracle.allows(got, place: place)
        try demand(isDue, "place \(place) gave \(got)")
        delivered += 1
    }

    /// Hands in a result as a producer does.
    mutating func complete(_ ticket: Ticket, _ result: Result<Int, any Error>) throws {
        try demand(outstanding.remove(ticket.number) != nil, "place \(ticket.number) was filled and not asked for")
        switch queue.complete(ticket.number, result) {
        case .none: break
        case .wake(let wake): wakes += wake
        case .resume(_, let result, let wake):
            try demand(isConsumerWaiting, "nobody waited")
            isConsumerWaiting = false
            try receive(result)
            wakes += wake
        }
    }

    // MARK: Passes, wakes and the end

    private mutating func keepPasses() throws {
        if let epoch = endingPass {
            endingPass = nil
            openPasses = epoch + 1
            wakes += queue.openPass(plan.order(epoch: epoch + 1))
            return
        }
        guard !isKeeperWaiting else { return }
        switch queue.takePassEnd() {
        case .ended(let epoch):
            try demand(epoch == openPasses, "epoch \(epoch) ended out of turn")
            try demand(delivered == plan.end(ofEpoch: epoch), "epoch \(epoch) ended at place \(delivered)")
            endingPass = epoch
        case .wait: isKeeperWaiting = queue.awaitPassEnd(.keeper)
        case .stop: break
        }
    }

    private mutating func deliverWake() throws {
        guard let chosen = wakes.indices.randomElement(using: &random) else { return }
        switch wakes.remove(at: chosen) {
        case .keeper:
            try demand(isKeeperWaiting, "the keeper was woken twice")
            isKeeperWaiting = false
        case .worker(let worker): wake(worker)
        }
    }

    private mutating func close() throws {
        log("close")
        let (consumer, wake): (Void?, [Waker]) = queue.close()
        try demand((consumer != nil) == isConsumerWaiting, "closing forgot the consumer")
        try demand(!isKeeperWaiting || wake.contains(.keeper) || wakes.contains(.keeper), "closing forgot the keeper")
        for worker in workers.indices where workers[worker].isRegistered {
            try demand((wake + wakes).contains(.worker(worker)), "closing forgot worker \(worker)")
        }
        guard case .end = queue.next(), case .stop = queue.claim() else { throw broken("closed, and yet going on") }
        hasEnded = true
    }

    // MARK: What must hold

    private func check() throws {
        try demand(queue.delivered == delivered, "counted wrongly")
        try demand(queue.requested - delivered <= plan.capacity, "more than \(plan.capacity) batches ahead")
        try demand(queue.requested <= plan.limit, "asked for more than \(plan.limit) batches")
        try demand(queue.ledger.faults.count == oracle.faultCount || !isSettled, "the record is not what happened")
        let held = workers.flatMap(\.inTransit).map(\.number) + leased
        try demand(Set(held).count == held.count, "a place is in two hands: \(held.sorted())")
        try demand(Set(held) == outstanding, "places \(held.sorted()) are held, \(outstanding.sorted()) given out")
    }

    /// Whether the ledger has judged only what was delivered: a replacement is judged before.
    private var isSettled: Bool { if case .replace = plan.policy { false } else { plan.isOrdered } }

    private var leased: [Int] {
        (workers.indices.flatMap { desk.table.leases(of: $0) } + desk.table.returned).map(\.number)
    }

    func demand(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        if !condition { throw broken(message()) }
    }

    func broken(_ message: String) -> BrokenPromise {
        BrokenPromise(
            description: "Seed \(seed) (\(plan)): \(message); after \(steps.suffix(40).joined(separator: ", ")).")
    }

    mutating func log(_ step: @autoclosure () -> String) {
        guard isReplayed else { return }
        let step = step()
        steps.append(step)
    }
}

/// What was promised and not kept, and the seed that shows it.
struct BrokenPromise: Error, CustomStringConvertible {
    let description: String
}
