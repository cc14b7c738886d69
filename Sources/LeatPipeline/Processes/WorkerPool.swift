import Synchronization

/// Worker processes that make batches ahead of the consumer, each looked after by a thread of ours.
///
/// Processes are started once and live until the scope ends; one that ends before is replaced.
final class WorkerPool: Feeder {
    private let desk: LeaseDesk
    private let minders: [OwnThread]
    private let keeperThreads: WorkerThreads
    private let keeper: Task<Void, Never>

    /// Starts as many workers for a source; trouble with starting them reaches the consumer through the queue.
    ///
    /// - Throws: `PipelineError` if this process is a worker itself, or has no threads or descriptors left.
    init(
        _ source: some WorkerSource, _ stream: IndexedStream, workers: Int, launch: WorkerLaunch
    ) throws(PipelineError) {
        let order = try WorkerOrder(source, launch: launch)
        let desk = try LeaseDesk(order, stream.queue, workers: workers)
        let keeperThreads = try WorkerThreads(count: 1)
        var minders: [OwnThread] = []
        do {
            for worker in 0..<workers {
                minders.append(
                    try OwnThread(name: "leat-minder") {
                        WorkerMinder(worker: worker, desk: desk).run()
                    })
            }
        } catch {
            // The threads that did start see it and leave by themselves.
            desk.close()
            throw error
        }
        self.desk = desk
        self.minders = minders
        self.keeperThreads = keeperThreads
        keeper = Task(executorPreference: keeperThreads) { await stream.keepPasses() }
    }

    /// The processes that live now.
    var processes: [Int32] { desk.processes }

    func stop() async {
        desk.close()
        for minder in minders { await minder.join() }
        await keeper.value
        await keeperThreads.stop()
    }
}

/// What every worker of a pool is told.
struct WorkerOrder: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    let sourceName: String
    /// The first frame, which names the source and describes it.
    let open: WorkerMessage
    /// The number of batches, as a check of the description.
    let count: Int
    /// How long a program may take to say that it is a worker.
    var helloTime = Duration.seconds(30)
}

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
        var isClosing = false
    }

    init(_ order: WorkerOrder, _ queue: OrderedQueue<Batch>, workers: Int) throws(PipelineError) {
        self.order = order
        self.queue = queue
        firstEpoch = queue.position.epoch
        leasesPerWorker = queue.capacity >= 2 * workers ? 2 : 1
        var doorbells: [Doorbell] = []
        for _ in 0..<workers { doorbells.append(try Doorbell()) }
        self.doorbells = doorbells
        state = Mutex(
            State(
                table: LeaseTable(workers: workers), processes: Array(repeating: nil, count: workers),
                isAwaitingRoom: Array(repeating: false, count: workers)))
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
                    "\(LeaseTable.killLimit) workers in a row ended before they had made a batch; the last one \(how)."))
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
        guard let ticket = claim(for: worker) else { return nil }
        state.withLock { $0.table.lease(ticket, to: worker) }
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
