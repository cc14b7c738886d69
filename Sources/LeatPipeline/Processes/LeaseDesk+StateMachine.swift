extension LeaseDesk {
    /// Decides which worker gets which lease and who waits for room in the queue; does nothing itself.
    ///
    /// The queue has a lock of its own, so a claim takes two steps here: `beginLease` before the queue is asked, and
    /// `granted` after. Each worker's steps are taken by one thread.
    struct StateMachine {
        /// How many leases a worker has at most.
        let leasesPerWorker: Int
        private(set) var table: LeaseTable
        /// The workers whose doorbell the queue will ring.
        private var isAwaitingRoom: [Bool]

        init(workers: Int, leasesPerWorker: Int) {
            self.leasesPerWorker = leasesPerWorker
            table = LeaseTable(workers: workers)
            isAwaitingRoom = Array(repeating: false, count: workers)
        }

        /// Whether the worker has all the leases it may have.
        func isBusy(_ worker: Int) -> Bool { table.leases(of: worker).count >= leasesPerWorker }
    }
}

extension LeaseDesk.StateMachine {
    enum LeaseAction {
        /// The worker has enough to do.
        case none
        /// What another worker has left behind.
        case lease(Ticket)
        /// Ask the queue, to be woken by it if there is no room and `mayWait`.
        case claim(mayWait: Bool)
    }

    /// A worker asks for one more lease.
    mutating func beginLease(to worker: Int) -> LeaseAction {
        if isBusy(worker) { return .none }
        if let returned = table.leaseReturned(to: worker) { return .lease(returned) }
        // Whoever waits already must not do so twice, or it would be woken in place of another.
        defer { isAwaitingRoom[worker] = true }
        return .claim(mayWait: !isAwaitingRoom[worker])
    }

    /// The queue has given a ticket.
    mutating func granted(_ ticket: Ticket, to worker: Int) { table.lease(ticket, to: worker) }

    /// The queue will not ring for the worker: it has rung, or there was no need to wait.
    mutating func stopsWaiting(_ worker: Int) { isAwaitingRoom[worker] = false }

    /// A worker has answered; nil if it was not asked.
    mutating func settle(index: Int, epoch: Int, by worker: Int) -> Ticket? {
        table.settle(index: index, epoch: epoch, by: worker)
    }

    /// A lease has not reached its worker.
    mutating func giveBack(_ ticket: Ticket, from worker: Int) { table.giveBack(ticket, from: worker) }

    /// A worker has ended.
    mutating func end(_ worker: Int) -> LeaseTable.Verdict { table.end(worker) }
}
