import LeatCore
import Synchronization

/// Where the threads that look after workers get leases and hand in answers.
final class LeaseDesk: Sendable {
    let order: WorkerOrder
    /// The epoch of the stream's first batch.
    let firstEpoch: Int
    private let queue: OrderedQueue<Batch>
    private let doorbells: [Doorbell]
    private let state: Lock<State>

    private struct State {
        var machine: StateMachine
        var processes: [Int32?]
        /// Since when each worker has had nothing to do for want of room.
        var idleSince: [ContinuousClock.Instant?]
        var isClosing = false

        /// Starts to count when a worker has run out of leases, and says how long that was when it has one again.
        mutating func countIdleTime(of worker: Int) -> Duration? {
            if machine.table.leases(of: worker).isEmpty {
                idleSince[worker] = idleSince[worker] ?? .now
                return nil
            }
            defer { idleSince[worker] = nil }
            return idleSince[worker].map { ContinuousClock.now - $0 }
        }
    }

    init(_ order: WorkerOrder, _ queue: OrderedQueue<Batch>, workers: Int) throws(PipelineError) {
        self.order = order
        self.queue = queue
        firstEpoch = queue.position.epoch
        // Two leases keep a worker busy while an answer travels, if the queue has room for that.
        let leasesPerWorker = queue.capacity / 2 >= workers ? 2 : 1
        var doorbells: [Doorbell] = []
        for _ in 0..<workers { doorbells.append(try Doorbell()) }
        self.doorbells = doorbells
        state = Lock(
            State(
                machine: StateMachine(workers: workers, leasesPerWorker: leasesPerWorker),
                processes: Array(repeating: nil, count: workers),
                idleSince: Array(repeating: nil, count: workers)))
    }

    func doorbell(of worker: Int) -> Doorbell { doorbells[worker] }

    var processes: [Int32] { state.withLock { $0.processes.compactMap { $0 } } }

    /// What each worker does now, a sentence each.
    var situation: [String] {
        state.withLock { state in
            state.processes.enumerated().map { worker, process in
                let name = process.map { "Worker process \($0)" } ?? "Worker \(worker), which is being started,"
                let leases = state.machine.table.leases(of: worker)
                guard let first = leases.first else { return "\(name) has nothing to do." }
                return "\(name) makes batch \(first.index) of epoch \(first.epoch)"
                    + (leases.count > 1 ? " and has \(leases.count - 1) more to make." : ".")
            }
        }
    }

    var isClosing: Bool { state.withLock { $0.isClosing } }

    // MARK: Lives of workers

    func began(_ worker: Int, process: Int32) { state.withLock { $0.processes[worker] = process } }

    /// A worker has ended, of itself if it is said how; says whether another one shall be started.
    ///
    /// Where that would do no better, the consumer is told so by the error, or by one that says how it ended.
    func ended(_ worker: Int, how: String?, error: PipelineError? = nil) -> Bool {
        let verdict = state.withLock { state in
            state.processes[worker] = nil
            return state.machine.end(worker)
        }
        guard let how else { return false }
        switch verdict {
        case .replace: break
        case .giveUp(let ticket): queue.complete(ticket, .failure(Self.poison(ticket, how)))
        case .surrender:
            fail(
                error
                    ?? PipelineError(
                        .workerDidNotStart,
                        "\(LeaseTable.killLimit) workers in a row ended before they had made a batch; "
                            + "the last one \(how)."))
            return false
        }
        queue.workerReplaced()
        // Others may take over what it has left behind, or the room it was woken for.
        ringAll()
        queue.wakeAnother()
        return true
    }

    /// A worker has ended and another one would do no better.
    func ended(_ worker: Int, hopeless error: PipelineError) -> Bool {
        fail(error)
        return ended(worker, how: nil)
    }

    /// Workers are of no use; the consumer is told why.
    func fail(_ error: PipelineError) { queue.fail(error) }

    private static func poison(_ ticket: Ticket, _ how: String) -> PipelineError {
        let reason = "ended \(LeaseTable.killLimit) worker processes, one after the other; the last one \(how)."
        return PipelineError(
            .poisonousBatch, "Batch \(ticket.index) of epoch \(ticket.epoch) \(reason)",
            fault: BatchFault(epoch: ticket.epoch, batch: ticket.index, reason: "It \(reason)"))
    }

    // MARK: Leases

    /// A lease for a worker that may have one more; if there is none, its doorbell rings when there may be.
    func lease(to worker: Int) -> Ticket? {
        switch state.withLock({ $0.machine.beginLease(to: worker) }) {
        case .none: return nil
        case .lease(let ticket): return ticket
        case .claim(let mayWait):
            let ticket = claim(for: worker, mayWait: mayWait)
            let waited = state.withLock { state in
                if let ticket { state.machine.granted(ticket, to: worker) }
                return state.countIdleTime(of: worker)
            }
            if let waited { queue.producerWaited(waited) }
            return ticket
        }
    }

    private func claim(for worker: Int, mayWait: Bool) -> Ticket? {
        guard mayWait else { return queue.claimNow() }
        let doorbell = doorbells[worker]
        let action = queue.claim(orWake: { [weak self] in
            self?.state.withLock { $0.machine.stopsWaiting(worker) }
            doorbell.ring()
        })
        if case .wait = action { return nil }
        state.withLock { $0.machine.stopsWaiting(worker) }
        guard case .work(let ticket) = action else { return nil }
        return ticket
    }

    /// A lease could not be told to its worker; another one gets it.
    func giveBack(_ ticket: Ticket, from worker: Int) {
        state.withLock { $0.machine.giveBack(ticket, from: worker) }
    }

    /// A worker that was woken but has all the leases it may have lets another one have the room.
    func passOnIfBusy(_ worker: Int) {
        if state.withLock({ $0.machine.isBusy(worker) }) { passOn() }
    }

    /// A worker that was woken and can't see to it now lets another one have the room.
    func passOn() { queue.wakeAnother() }

    /// Hands in a worker's answer; false if it was not asked for that batch.
    func settle(index: Int, epoch: Int, by worker: Int, _ result: Result<Batch, any Error>) -> Bool {
        guard let ticket = state.withLock({ $0.machine.settle(index: index, epoch: epoch, by: worker) }) else {
            return false
        }
        queue.complete(ticket, result)
        return true
    }

    /// Counts how long a worker has been making a batch.
    func worked(_ time: Duration) { queue.producerWorked(time) }

    // MARK: The end

    func close() {
        state.withLock { $0.isClosing = true }
        ringAll()
    }

    private func ringAll() {
        for doorbell in doorbells { doorbell.ring() }
    }
}
