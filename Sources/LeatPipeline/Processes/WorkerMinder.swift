/// Looks after one worker process at a time, on a thread of its own, and starts another one when it ends.
///
/// The thread owns the process and both pipe ends: nobody else reads, writes, closes, kills or reaps.
struct WorkerMinder {
    let worker: Int
    let desk: LeaseDesk

    /// How long a worker that was told to leave may take; it leaves at once unless it has been stopped.
    private static let leaveTime = Duration.seconds(2)

    /// How one worker's life ended.
    private enum End {
        /// It was told to leave.
        case left
        /// It went without a word.
        case gone
        /// It took too long over a batch.
        case stalled
        /// It did what no worker does.
        case lied(PipelineError)
        /// It went before it had said that it is a worker.
        case mute
        /// It did not behave as a worker before it had said that it is one.
        case stranger(String)
        /// Another one would do no better.
        case hopeless(PipelineError)
    }

    func run() {
        do throws(PipelineError) {
            while !desk.isClosing, try lookAfterOne() {}
        } catch {
            desk.fail(error)
        }
    }

    /// Starts a worker and stays with it until it has ended; says whether to go on with another one.
    private func lookAfterOne() throws(PipelineError) -> Bool {
        let desk = desk
        let connection = try WorkerConnection(
            desk.order, desk.doorbell(of: worker), passOn: { desk.passOn() }, isStopping: { desk.isClosing })
        desk.began(worker, process: connection.process)
        let end = serve(connection)
        if case .left = end { connection.leave(within: Self.leaveTime) }
        let status = connection.end()
        switch (end, status) {
        case (.left, _): return desk.ended(worker, how: nil)
        case (.gone, _): return desk.ended(worker, how: "\(status)")
        case (.stalled, _):
            return desk.ended(worker, how: "was killed because it had given no answer in time (workerTimeout)")
        case (.lied(let error), _): return desk.ended(worker, how: "was ended for this reason: \(error)")
        case (.mute, _): return strangerEnded("\(status)")
        case (.stranger(let what), _): return strangerEnded(what)
        case (.hopeless(let error), _): return desk.ended(worker, hopeless: error)
        }
    }

    /// A worker may be hit before it could say a word; a program that never says one is none.
    private func strangerEnded(_ what: String) -> Bool {
        desk.ended(worker, how: what, error: WorkerProcess.noHello(desk.order, what))
    }

    private func serve(_ connection: WorkerConnection) -> End {
        do {
            if let trouble = try greet(connection) { return trouble }
            try awaitSource(connection)
            try lead(connection)
        } catch let error as PipelineError {
            return .hopeless(error)
        } catch ChannelEnd.stopping {
            return .left
        } catch ChannelEnd.silent {
            return .stalled
        } catch ChannelEnd.garbage(let error) {
            return .lied(error)
        } catch {
            return .gone
        }
    }

    /// Says what is to be opened and waits until the other program has said that it is a worker.
    private func greet(_ connection: WorkerConnection) throws -> End? {
        do {
            // A program that does not read is found out as well as one that does not write.
            connection.limit(to: desk.order.helloTime)
            defer { connection.limit(to: nil) }
            try connection.send(desk.order.open)
            guard case .hello(let version, _) = try connection.receive() else {
                return .stranger("wrote another frame before its greeting")
            }
            if version == WorkerMessage.version { return nil }
            return .hopeless(
                PipelineError(
                    .protocolViolation,
                    "The worker program \(desk.order.path) speaks version \(version) of the worker protocol; "
                        + "this one speaks version \(WorkerMessage.version)."))
        } catch ChannelEnd.closed {
            return .mute
        } catch ChannelEnd.silent {
            return .stranger("said nothing for \(desk.order.helloTime)")
        } catch ChannelEnd.garbage {
            return .stranger("wrote something else to its standard output")
        }
    }

    private func awaitSource(_ connection: WorkerConnection) throws {
        limit(connection, times: 1)
        defer { connection.limit(to: nil) }
        switch try connection.receive() {
        case .opened(let count) where count == desk.order.count: return
        case .opened(let count):
            throw PipelineError(
                .sourceDidNotOpen,
                "The source that a worker opened has \(count) batches, this program's has \(desk.order.count); "
                    + "a source's configuration must describe it completely.")
        case .failure(let failure): throw PipelineError(.sourceDidNotOpen, failure.message)
        case let message: throw ChannelEnd.garbage(.unexpected(message))
        }
    }

    /// Gives the worker leases and takes its batches, until one of the two ends.
    private func lead(_ connection: WorkerConnection) throws -> Never {
        // A worker that comes later is told of the epochs it has missed: its copy must be like the others.
        var epoch = desk.firstEpoch
        var unanswered = 0
        // Since when the worker has been making what it was asked for first.
        var start = ContinuousClock.now
        while true {
            while let ticket = desk.lease(to: worker) {
                // The time runs for one batch after the other; the first one's includes the ends of missed epochs.
                if unanswered == 0 {
                    limit(connection, times: 1 + ticket.epoch - epoch)
                    start = .now
                }
                do {
                    while epoch < ticket.epoch {
                        try connection.send(.epochEnd(epoch: epoch))
                        epoch += 1
                    }
                    try connection.sendLease(index: ticket.index, epoch: ticket.epoch)
                } catch ChannelEnd.closed {
                    // The worker has gone before it had this lease: it is not to blame, and what is done is done.
                    desk.giveBack(ticket, from: worker)
                    try takeRest(connection)
                }
                unanswered += 1
            }
            switch try connection.waitForEvent() {
            case .rung: desk.passOnIfBusy(worker)
            case .readable:
                try take(try connection.receive())
                unanswered -= 1
                desk.worked(ContinuousClock.now - start)
                start = .now
                if unanswered > 0 { limit(connection, times: 1) } else { connection.limit(to: nil) }
            }
        }
    }

    /// Takes what a worker has left in its pipe.
    private func takeRest(_ connection: WorkerConnection) throws -> Never {
        connection.limit(to: Self.leaveTime)
        do { while true { try take(try connection.receive()) } } catch ChannelEnd.silent { throw ChannelEnd.closed }
    }

    private func limit(_ connection: WorkerConnection, times: Int) {
        connection.limit(to: desk.order.batchTime.map { $0 * min(max(times, 1), 1_000_000) })
    }

    private func take(_ message: WorkerMessage) throws {
        let wasAsked =
            switch message {
            case .batch(let index, let epoch, let batch):
                desk.settle(index: index, epoch: epoch, by: worker, .success(batch))
            case .failure(let failure): desk.settle(failure, by: worker)
            default: false
            }
        if !wasAsked { throw ChannelEnd.garbage(.unexpected(message)) }
    }
}

extension LeaseDesk {
    /// Hands in a worker's failure; false if it was not asked for that batch.
    fileprivate func settle(_ failure: WorkerFailure, by worker: Int) -> Bool {
        guard case .batch(let index, let epoch) = failure.subject else { return false }
        let error = PipelineError(
            .batchFailed, "Batch \(index) of epoch \(epoch) failed in a worker process: \(failure.message)",
            fault: BatchFault(
                epoch: epoch, batch: index, file: failure.file, sample: failure.sample, reason: failure.message))
        return settle(index: index, epoch: epoch, by: worker, .failure(error))
    }
}

extension PipelineError {
    fileprivate static func unexpected(_ message: WorkerMessage) -> PipelineError {
        PipelineError(.protocolViolation, "The worker sent a frame of kind \(message.kind) that nobody had asked for.")
    }
}
