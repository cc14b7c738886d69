import LeatCore

@testable import LeatPipeline

extension PipelineSimulation {
    /// A task that makes batches, or a worker process and the thread that looks after it.
    struct Worker {
        enum State {
            /// The process starts and opens its source; it takes so many more steps.
            case starting(steps: Int)
            /// The thread is about to ask the desk for a lease.
            case leasing
            /// It is about to ask the queue.
            case claiming(mayWait: Bool)
            /// The queue has given it a ticket that the desk does not know of.
            case granted(Ticket, mayWait: Bool)
            /// It waits for an answer, the end of the process or its doorbell.
            case waiting
            /// It has taken an answer off the desk and is about to hand it in.
            case settled(Ticket, Result<Int, any Error>)
            /// The process has ended, and this place is to be given up before another one is started.
            case givingUp(Ticket)
            /// A task that makes a batch.
            case making(Ticket)
            /// A task that waits for room.
            case asleep
            /// A task that has been told that there is nothing more to do.
            case over
        }

        var state = State.starting(steps: 1)
        /// Whether the queue will wake it.
        var isRegistered = false
        var isRung = false
        /// What the process has been asked for, and what it has answered.
        var requests: [Ticket] = []
        var answers: [(Ticket, Result<Int, any Error>)] = []
        var isDead = false
        var isStopped = false
        /// Whether the thread has found out that nothing more can be sent.
        var isCutOff = false

        /// What the thread holds and no table knows of.
        var inTransit: [Ticket] {
            switch state {
            case .granted(let ticket, _), .settled(let ticket, _), .givingUp(let ticket), .making(let ticket): [ticket]
            default: []
            }
        }
    }

    // MARK: Threads

    /// Lets a worker's thread take one step.
    mutating func advance(_ worker: Int) throws {
        switch workers[worker].state {
        case .starting(let steps): try start(worker, steps)
        case .leasing:
            switch desk.beginLease(to: worker) {
            case .none: workers[worker].state = .waiting
            case .lease(let ticket): try send(ticket, to: worker)
            case .claim(let mayWait): workers[worker].state = .claiming(mayWait: mayWait)
            }
        case .claiming(let mayWait): try claim(worker, mayWait)
        case .granted(let ticket, let mayWait):
            if plan.areTasks {
                workers[worker].state = .making(ticket)
            } else {
                if mayWait { desk.stopsWaiting(worker) }
                desk.granted(ticket, to: worker)
                try send(ticket, to: worker)
            }
        case .waiting: try wait(worker)
        case .settled(let ticket, let result):
            workers[worker].state = workers[worker].isCutOff ? .waiting : .leasing
            try complete(ticket, result)
        case .givingUp(let ticket):
            workers[worker].state = .starting(steps: 2)
            try complete(ticket, .failure(Trouble(index: ticket.index)))
            ringAll()
        case .making(let ticket):
            workers[worker].state = .claiming(mayWait: true)
            try complete(ticket, plan.result(ticket))
        case .asleep, .over: break
        }
    }

    private mutating func start(_ worker: Int, _ steps: Int) throws {
        if workers[worker].isRung {
            // What comes while a frame is awaited: others shall have the room.
            workers[worker].isRung = false
            wakes += queue.wakeForRoom()
        } else if workers[worker].isDead {
            try end(worker)
        } else if workers[worker].isStopped {
            workers[worker].isDead = true
        } else {
            workers[worker].state = steps > 0 ? .starting(steps: steps - 1) : .leasing
        }
    }

    private mutating func claim(_ worker: Int, _ mayWait: Bool) throws {
        switch queue.claim() {
        case .work(let ticket):
            log("worker \(worker) claims \(ticket.number) as \(ticket.index)")
            try demand(outstanding.insert(ticket.number).inserted, "place \(ticket.number) was given out twice")
            strikes[ticket.number] = isSomeoneStruck ? 1 : 0
            try demand(ticket.epoch == openPasses, "a batch of epoch \(ticket.epoch) was asked for too early")
            workers[worker].state = .granted(ticket, mayWait: mayWait)
        case .wait:
            workers[worker].state = plan.areTasks ? .asleep : .waiting
            guard mayWait else { return }
            try demand(!workers[worker].isRegistered, "worker \(worker) waits twice")
            try demand(queue.awaitRoom(.worker(worker)), "worker \(worker) waits though there is room")
            workers[worker].isRegistered = true
        case .stop:
            if plan.areTasks {
                workers[worker].state = .over
            } else {
                if mayWait { desk.stopsWaiting(worker) }
                workers[worker].state = .waiting
            }
        }
    }

    private mutating func send(_ ticket: Ticket, to worker: Int) throws {
        if workers[worker].isDead {
            desk.giveBack(ticket, from: worker)
            workers[worker].isCutOff = true
            workers[worker].state = .waiting
        } else {
            workers[worker].requests.append(ticket)
            workers[worker].state = .leasing
        }
    }

    private mutating func wait(_ worker: Int) throws {
        if !workers[worker].answers.isEmpty {
            let (ticket, result) = workers[worker].answers.removeFirst()
            guard let settled = desk.settle(index: ticket.index, epoch: ticket.epoch, by: worker) else {
                throw broken("worker \(worker) was not asked for place \(ticket.number)")
            }
            strikesInARow = isSomeoneStruck ? 1 : 0
            try demand(settled == ticket, "place \(ticket.number) was taken for \(settled.number)")
            workers[worker].state = .settled(ticket, result)
        } else if workers[worker].isDead {
            try end(worker)
        } else if workers[worker].isStopped, !workers[worker].requests.isEmpty {
            log("worker \(worker) is killed for its silence")
            workers[worker].isDead = true
        } else if workers[worker].isRung {
            workers[worker].isRung = false
            if desk.isBusy(worker) { wakes += queue.wakeForRoom() }
            workers[worker].state = .leasing
        }
    }

    private mutating func end(_ worker: Int) throws {
        log("worker \(worker) has ended")
        let verdict = desk.end(worker)
        let before = workers[worker]
        workers[worker] = Worker()
        (workers[worker].isRegistered, workers[worker].isRung) = (before.isRegistered, before.isRung)
        switch verdict {
        case .replace:
            workers[worker].state = .starting(steps: 2)
            ringAll()
        case .giveUp(let ticket):
            try demand(plan.poison.contains(ticket.index), "batch \(ticket.index) is no poison and was given up")
            workers[worker].state = .givingUp(ticket)
        case .surrender: throw broken("surrendered")
        }
    }

    private mutating func ringAll() {
        for worker in workers.indices { workers[worker].isRung = true }
        wakes += queue.wakeForRoom()
    }

    /// The queue's call to one that waits for room.
    mutating func wake(_ worker: Int) {
        workers[worker].isRegistered = false
        if plan.areTasks {
            workers[worker].state = .claiming(mayWait: true)
        } else {
            desk.stopsWaiting(worker)
            workers[worker].isRung = true
        }
    }

    // MARK: Processes

    /// Lets a worker's process make what it was asked for first.
    mutating func work(_ worker: Int) {
        guard !plan.areTasks, !workers[worker].isDead, !workers[worker].isStopped,
            let ticket = workers[worker].requests.first
        else { return }
        if plan.poison.contains(ticket.index) {
            log("worker \(worker) dies of \(ticket.index)")
            workers[worker].isDead = true
        } else {
            workers[worker].requests.removeFirst()
            workers[worker].answers.append((ticket, plan.result(ticket)))
        }
    }

    private var isSomeoneStruck: Bool { workers.contains { $0.isDead || $0.isStopped } }

    /// Kills or stops processes from outside, unless a batch or a start could be blamed for it the third time.
    mutating func strike(_ struck: some Sequence<Int>, stopping: Bool) {
        guard !plan.areTasks, strikesInARow < 2, outstanding.allSatisfy({ strikes[$0, default: 0] < 2 }) else { return }
        strikesInARow += 1
        for number in outstanding { strikes[number, default: 0] += 1 }
        for worker in struck {
            log("worker \(worker) is \(stopping ? "stopped" : "killed")")
            if stopping { workers[worker].isStopped = true } else { workers[worker].isDead = true }
        }
    }
}

/// What the source says of a batch that it can't make.
struct Trouble: Error { let index: Int }
