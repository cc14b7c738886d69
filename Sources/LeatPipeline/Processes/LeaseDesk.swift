import Synchronization

/// Where the threads that look after workers get leases and hand in answers.
final class LeaseDesk: Sendable {
    let order: WorkerOrder
    /// The epoch of the stream's first batch.
    let firstEpoch: Int
    /// How many leases a worker has at most: two keep it busy while an answer travels, if the queue has room for that.
    let leasesPerWorker: Int
    private let queue: OrderedQueue<Batch>
    private let doorbells: [Doorbell]
    private let state: Mutex<State>

    private struct State {
        var table: LeaseTable
        var processes: [Int32?]
        /// The workers whose doorbell the queue will ring.
        var isAwaitingRoom: [Bool]
        /// Since when each worker has had nothing to do for want of room.
        var idleSince: [ContinuousClock.Instant?]
        var isClosing = false

        /// Starts to count when a worker has run out of leases, and says how long that was when it has one again.
        mutating func countIdleTime(of worker: Int) -> Duration? {
            if table.leases(of: worker).isEmpty {
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
        leasesPerWorker = queue.capacity / 2 >= workers ? 2 : 1
        var doorbells: [Doorbell] = []
        for _ in 0..<workers { doorbells.append(try Doorbell()) }
        self.doorbells = doorbells
        state = Mutex(
            State(
                table: LeaseTable(workers: workers), processes: Array(repeating: nil, count: workers),
                isAwaitingRoom: Array(repeating: false, count: workers),
                idleSince: Array(repeating: nil, count: workers)))
    }

    func doorbell(of worker: Int) -> Doorbell { doorbells[worker] }

    var processes: [Int32] { state.withLock { $0.processes.compactMap { $0 } } }

    var isClosing: Bool { state.withLock { $0.isClosing } }

    // MARK: Lives of workers

    func began(_ worker: Int, process: Int32) { state.withLock { $0.processes[worker] = process } }

    /// A worker has ended, of itself if it is said how; says whether another one shall be started.
    func ended(_ worker: Int, how: String?) -> Bool {
        let verdict = state.withLock { state in
            state.processes[worker] = nil
            return state.table.end(worker)
        }
        guard let how else { return false }
        switch verdict {
        case .replace: break
        case .giveUp(let ticket): queue.complete(ticket, .failure(Self.poison(ticket, how)))
        case .surrender:
            fail(
                PipelineError(
                    .workerDidNotStart,
                    "\(LeaseTable.killLimit) workers in a row ended before they had made a batch; the last one \(how).")
            )
            return false
        }
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
        PipelineError(
            .poisonousBatch,
            "Batch \(ticket.index) of epoch \(ticket.epoch) ended \(LeaseTable.killLimit) worker processes, "
                + "one after the other; the last one \(how).")
    }

    // MARK: Leases

    /// A lease for a worker that may have one more; if there is none, its doorbell rings when there may be.
    func lease(to worker: Int) -> Ticket? {
        let (returned, isFull) = state.withLock { state in
            let isFull = state.table.leases(of: worker).count >= leasesPerWorker
            return (isFull ? nil : state.table.leaseReturned(to: worker), isFull)
        }
        if isFull { return nil }
        if let returned { return returned }
        let ticket = claim(for: worker)
        let waited = state.withLock { state in
            if let ticket { state.table.lease(ticket, to: worker) }
            return state.countIdleTime(of: worker)
        }
        if let waited { queue.producerWaited(waited) }
        return ticket
    }

    private func claim(for worker: Int) -> Ticket? {
        let mayWait = state.withLock { state in
            defer { state.isAwaitingRoom[worker] = true }
            return !state.isAwaitingRoom[worker]
        }
        // Whoever waits already must not do so twice, or it would be woken in place of another.
        guard mayWait else { return queue.claimNow() }
        let doorbell = doorbells[worker]
        let action = queue.claim(orWake: { [weak self] in
            self?.state.withLock { $0.isAwaitingRoom[worker] = false }
            doorbell.ring()
        })
        if case .wait = action { return nil }
        state.withLock { $0.isAwaitingRoom[worker] = false }
        guard case .work(let ticket) = action else { return nil }
        return ticket
    }

    /// A worker that was woken but has all the leases it may have lets another one have the room.
    func passOnIfBusy(_ worker: Int) {
        let isBusy = state.withLock { $0.table.leases(of: worker).count >= leasesPerWorker }
        if isBusy { queue.wakeAnother() }
    }

    /// Hands in a worker's answer; false if it was not asked for that batch.
    func settle(index: Int, epoch: Int, by worker: Int, _ result: Result<Batch, any Error>) -> Bool {
        guard let ticket = state.withLock({ $0.table.settle(index: index, epoch: epoch, by: worker) }) else {
            return false
        }
        queue.complete(ticket, result)
        return true
    }

    // MARK: The end

    func close() {
        state.withLock { $0.isClosing = true }
        ringAll()
    }

    private func ringAll() {
        for doorbell in doorbells { doorbell.ring() }
    }
}
