import LeatCore
import Testing

@testable import LeatPipeline

/// Drives the state machine through random schedules and checks what must always hold after every step.
@Suite struct OrderedQueueSimulationTests {
    @Test func `thousands of random schedules keep every promise`() throws {
        for seed in 0..<4000 as Range<UInt64> {
            var simulation = Simulation(seed: seed)
            try simulation.run()
        }
    }
}

private struct Failure: Error { let number: Int }

private struct Simulation {
    typealias Machine = OrderedQueue<Int>.StateMachine<Int, Int>

    let seed: UInt64
    let capacity: Int
    let count: Int
    let limit: Int
    let isShuffled: Bool
    /// Failed batches, by their place in the stream.
    let failing: Set<Int>
    /// The place at which a generator ends or the machinery breaks down, if it does.
    let finishes: Int?
    let breaks: Bool

    var random: PhiloxGenerator
    var machine: Machine
    var pass: Pass
    var inFlight: [Ticket] = []
    var handedOut: Set<Int> = []
    var delivered = 0
    var deliveredFailures = 0
    var epochEnds: [Int] = []
    var isWaiting = false
    var waitingProducers: Set<Int> = []
    /// Producers that were woken and have not tried again yet.
    var wokenProducers = 0
    var isKeeperWaiting = false
    var nextProducer = 0
    var hasEnded = false
    var steps: [String] = []

    init(seed: UInt64) {
        self.seed = seed
        var random = PhiloxGenerator(seed: seed)
        capacity = Int.random(in: 1...6, using: &random)
        let isGenerator = Bool.random(using: &random)
        count = isGenerator ? .max : Int.random(in: 1...9, using: &random)
        isShuffled = !isGenerator && Bool.random(using: &random)
        limit = Bool.random(using: &random) ? Int.random(in: 0...40, using: &random) : .max
        failing = Set((0..<40).filter { _ in Int.random(in: 0..<12, using: &random) == 0 })
        finishes = isGenerator ? Int.random(in: 0...30, using: &random) : nil
        breaks = Int.random(in: 0..<8, using: &random) == 0
        let first = isGenerator ? 0 : -Int.random(in: 0..<count, using: &random)
        pass = Pass(epoch: 0, first: first, order: isGenerator ? .endless : BatchOrder(count: count))
        machine = Machine(capacity: capacity, pass: pass, limit: limit)
        self.random = random
    }

    mutating func run() throws {
        for _ in 0..<300 where !hasEnded {
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<30: try claim()
            case 30..<60: try completeOne()
            case 60..<85: try consume()
            case 85..<95: try keepPass()
            case 95..<97: try repeatAnAnswer()
            case 97: cancelConsumer()
            case 98 where breaks: try breakDown()
            default: if Int.random(in: 0..<60, using: &random) == 0 { try close() }
            }
            try check()
        }
        if !hasEnded { try drain() }
    }

    // MARK: Steps

    mutating func claim() throws {
        // It is either one that was woken or one that has just finished something else.
        if wokenProducers > 0, Bool.random(using: &random) { wokenProducers -= 1 }
        switch machine.claim() {
        case .work(let ticket):
            steps.append("claim \(ticket.number)")
            try demand(handedOut.insert(ticket.number).inserted, "place \(ticket.number) was handed out twice")
            try demand(ticket == pass.ticket(ticket.number), "place \(ticket.number) has the wrong batch")
            try demand(epochEnds.count == ticket.epoch, "a batch of epoch \(ticket.epoch) was requested too early")
            try demand(ticket.number < limit, "place \(ticket.number) is beyond the limit")
            if let finishes, ticket.number >= finishes {
                if case .resume = machine.finish(at: ticket.number) { try resumed("end") }
            } else {
                inFlight.append(ticket)
            }
        case .wait:
            nextProducer += 1
            try demand(machine.awaitRoom(nextProducer), "a producer waits though there is room")
            waitingProducers.insert(nextProducer)
        case .stop: break
        }
    }

    mutating func completeOne() throws {
        guard let chosen = inFlight.indices.randomElement(using: &random) else { return }
        let ticket = inFlight.remove(at: chosen)
        steps.append("complete \(ticket.number)")
        switch machine.complete(ticket.number, result(ticket)) {
        case .none, .wake: break
        case .resume(_, let result, let wake):
            try demand(isWaiting, "nobody waited")
            isWaiting = false
            try received(result, wake)
        }
    }

    mutating func consume() throws {
        if isWaiting {
            guard case .refuse = machine.next() else { throw broken("a second consumer was not refused") }
            return
        }
        switch machine.awaitNext(0) {
        case .deliver(let result, let wake): try received(result, wake)
        case .wait: isWaiting = true
        case .end: try checkEnd()
        case .refuse: throw broken("the only consumer was refused")
        }
    }

    mutating func keepPass() throws {
        guard !isKeeperWaiting else { return }
        switch machine.takePassEnd() {
        case .ended(let epoch):
            steps.append("pass \(epoch) ended")
            try demand(epoch == epochEnds.count, "epoch \(epoch) ended out of turn")
            try demand(delivered == pass.end, "epoch \(epoch) ended before its last batch was delivered")
            epochEnds.append(epoch)
            let order =
                isShuffled ? BatchOrder(count: count, shuffledBy: 1, epoch: epoch + 1) : BatchOrder(count: count)
            pass = Pass(epoch: epoch + 1, first: pass.end, order: order)
            try woken(machine.openPass(order))
        case .wait: isKeeperWaiting = machine.awaitPassEnd(-1)
        case .stop: break
        }
    }

    mutating func repeatAnAnswer() throws {
        guard let number = handedOut.randomElement(using: &random), !inFlight.contains(where: { $0.number == number })
        else { return }
        guard case .none = machine.complete(number, .success(-1)) else {
            throw broken("a second answer for place \(number) was delivered")
        }
    }

    mutating func cancelConsumer() {
        if machine.stopWaiting() != nil { isWaiting = false }
    }

    mutating func breakDown() throws {
        steps.append("break down")
        if case .resume = machine.fail(Failure(number: -1)) { try resumed("failure") }
        hasEnded = true
    }

    mutating func close() throws {
        steps.append("close")
        let (consumer, wake) = machine.close()
        try demand((consumer != nil) == isWaiting, "closing forgot the consumer")
        try demand(waitingProducers.isSubset(of: wake), "closing forgot a producer")
        guard case .end = machine.next(), case .stop = machine.claim() else { throw broken("closed, and yet going on") }
        let due = delivered == pass.end
        isKeeperWaiting = false
        if case .ended = machine.takePassEnd() {
            try demand(due, "a pass ended that did not")
        } else {
            try demand(!due, "the end of a pass was forgotten")
        }
        hasEnded = true
    }

    /// With everyone doing their work, the consumer must come to the end or through another two passes.
    mutating func drain() throws {
        let goal = min(limit, finishes ?? .max, delivered + 20)
        for _ in 0..<1000 where delivered < goal {
            try claim()
            try completeOne()
            try keepPass()
            if !isWaiting { try consume() }
            try check()
        }
        try demand(delivered >= goal, "stuck at place \(delivered) of \(goal)")
    }

    // MARK: What must hold

    mutating func received(_ result: Result<Int, any Error>, _ wake: [Int]) throws {
        steps.append("deliver \(delivered)")
        switch result {
        case .success(let value):
            try demand(!failing.contains(delivered), "place \(delivered) should have failed")
            try demand(value == delivered, "place \(delivered) was given batch \(value)")
        case .failure(let error):
            try demand((error as? Failure)?.number == delivered, "place \(delivered) failed for another's reason")
        }
        delivered += 1
        try woken(wake)
    }

    mutating func woken(_ wake: [Int]) throws {
        for producer in wake {
            if producer == -1 {
                try demand(isKeeperWaiting, "the keeper was woken twice")
                isKeeperWaiting = false
            } else {
                try demand(waitingProducers.remove(producer) != nil, "a producer was woken twice")
                wokenProducers += 1
            }
        }
    }

    mutating func resumed(_ why: String) throws {
        try demand(isWaiting, "nobody waited for the \(why)")
        isWaiting = false
        if why == "end" { try checkEnd() }
    }

    func checkEnd() throws {
        try demand(delivered == min(limit, finishes ?? .max), "ended at place \(delivered)")
    }

    func check() throws {
        try demand(machine.requested - machine.delivered <= capacity, "more than \(capacity) batches ahead")
        try demand(machine.delivered == delivered, "counted wrongly")
        try demand(
            !isWaiting || inFlight.contains { $0.number == delivered } || !handedOut.contains(delivered) || hasEnded
                || delivered >= (finishes ?? .max),
            "the consumer waits for a batch that is ready")
        let room = min(delivered + capacity, pass.end, limit, finishes.map { $0 + 1 } ?? .max) - machine.requested
        try demand(
            waitingProducers.isEmpty || room <= wokenProducers || hasEnded, "a producer sleeps though there is room")
    }

    func result(_ ticket: Ticket) -> Result<Int, any Error> {
        failing.contains(ticket.number) ? .failure(Failure(number: ticket.number)) : .success(ticket.number)
    }

    func demand(_ condition: Bool, _ message: @autoclosure () -> String) throws {
        guard condition else { throw broken(message()) }
    }

    func broken(_ message: String) -> BrokenPromise {
        BrokenPromise(description: "Seed \(seed): \(message); after \(steps.suffix(30).joined(separator: ", ")).")
    }
}
