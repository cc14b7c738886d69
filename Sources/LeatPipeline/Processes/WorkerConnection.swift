#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A running worker process and the pipes to it; used by one thread.
final class WorkerConnection {
    private var child: ChildProcess
    private let fromWorker: Descriptor
    private var toWorker: Descriptor?
    /// Where the worker may leave its batches.
    private var memory: BatchMemory?
    /// What the worker has not answered, the first to be answered first, and the room that goes with each lease.
    private var leases: [(index: Int, epoch: Int, room: BatchMemory.Room?)] = []
    private let doorbell: Doorbell
    private let isStopping: () -> Bool
    /// Called for a ring in the middle of a frame.
    private let passOn: () -> Void
    /// When sending and receiving are given up, where there is a limit.
    private var deadline: Deadline?
    /// Whether a frame was begun and not sent whole, so that the worker would take another one for its rest.
    private var isCutShort = false

    /// What can happen while we wait.
    enum Event {
        case readable
        /// The doorbell was rung, and not because all is over.
        case rung
    }

    /// Starts a worker.
    ///
    /// - Throws: `PipelineError` if that is not possible.
    init(
        _ order: WorkerOrder, _ doorbell: Doorbell, passOn: @escaping () -> Void = {},
        isStopping: @escaping () -> Bool
    ) throws(PipelineError) {
        let requests = try Pipe()
        let answers = try Pipe()
        answers.enlarge()
        requests.writeEnd.setNonblocking()
        answers.readEnd.setNonblocking()
        memory = BatchMemory(mostRooms: order.roomsPerWorker)
        child = try ChildProcess(
            path: order.path, arguments: order.arguments, environment: order.environment, input: requests.readEnd,
            output: answers.writeEnd, shared: order.sharedMemory, batches: memory?.memory)
        toWorker = requests.takeWriteEnd()
        fromWorker = answers.takeReadEnd()
        self.doorbell = doorbell
        self.passOn = passOn
        self.isStopping = isStopping
    }

    deinit { memory?.close() }

    /// The process identifier.
    var process: Int32 { child.identifier }

    /// Sends a message.
    ///
    /// - Throws: `ChannelEnd`.
    func send(_ message: WorkerMessage) throws {
        isCutShort = true
        try channel.send(message)
        isCutShort = false
    }

    /// Sends a lease, with room for the batch if there is some.
    ///
    /// - Throws: `ChannelEnd`.
    func sendLease(index: Int, epoch: Int) throws {
        let room = memory?.takeRoom()
        leases.append((index, epoch, room))
        try send(.lease(index: index, epoch: epoch, room: room?.place))
    }

    /// Waits for a message; a batch that was left in its room is taken from there.
    ///
    /// - Throws: `ChannelEnd`.
    func receive() throws -> WorkerMessage {
        let message = try channel.receive()
        switch message {
        case .hello(_, let abilities):
            if !abilities.contains(.rooms) { memory = nil }
        case .batch(let index, let epoch, let batch):
            _ = try takeRoom(index, epoch)
            memory?.expect(batch)
        case .failure(let failure):
            if case .batch(let index, let epoch) = failure.subject { _ = try takeRoom(index, epoch) }
        case .roomedBatch(let head):
            guard let batch = try takeRoom(head.index, head.epoch)?.batch(head) else {
                throw ChannelEnd.garbage(
                    PipelineError(
                        .protocolViolation,
                        "The worker left batch \(head.index) of epoch \(head.epoch) where there is no room for it."))
            }
            return .batch(index: head.index, epoch: head.epoch, batch)
        default: break
        }
        return message
    }

    /// The room of the lease that is answered.
    ///
    /// A worker that answers another one than the first is not believed: what lies in that one's room is of an earlier
    /// batch as long as the worker is not done with it.
    ///
    /// - Throws: `ChannelEnd`.
    private func takeRoom(_ index: Int, _ epoch: Int) throws -> BatchMemory.Room? {
        // Whoever looks after the worker knows what to make of a word that nobody asked for.
        guard let first = leases.first else { return nil }
        guard first.index == index, first.epoch == epoch else {
            throw ChannelEnd.garbage(
                PipelineError(
                    .protocolViolation,
                    "The worker answered for batch \(index) of epoch \(epoch) when it was to answer for "
                        + "batch \(first.index) of epoch \(first.epoch)."))
        }
        return leases.removeFirst().room
    }

    /// From now on, all sending, receiving and waiting together may take so long; nil takes the limit away.
    func limit(to time: Duration?) { deadline = time.map { .now + $0 } }

    /// Waits until the worker says something or the doorbell rings.
    ///
    /// - Throws: `ChannelEnd`.
    func waitForEvent() throws -> Event { try wait(for: fromWorker.raw, Int16(POLLIN)) }

    /// Tells the worker that it may go, and waits until it has closed its output or its time is over.
    func leave(within time: Duration) {
        sayGoodbye()
        toWorker = nil
        let deadline = Deadline.now + time
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { bytes in
            // The time is looked at after each read: a worker that never stops writing is never waited for.
            while Deadline.now < deadline {
                let count = read(fromWorker.raw, bytes.baseAddress, bytes.count)
                if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return }
                guard count < 0 else { continue }
                var interests = [pollfd(fd: fromWorker.raw, events: Int16(POLLIN), revents: 0)]
                _ = systemPoll(&interests, deadline)
            }
        }
    }

    /// Writes a goodbye if there is room for it; the end of its input tells the worker as much.
    private func sayGoodbye() {
        guard let descriptor = toWorker?.raw, !isCutShort else { return }
        let (frame, _) = WorkerMessage.goodbye.encoded()
        _ = write(descriptor, frame, frame.count)
    }

    /// Ends the process if it has not ended by itself, and says how it did.
    func end() -> ChildStatus {
        toWorker = nil
        child.kill()
        return child.reap()
    }

    private var channel: FrameChannel {
        FrameChannel(
            input: fromWorker.raw, output: toWorker?.raw ?? -1,
            waitUntilReady: { descriptor, events in
                // Leases are looked after when the frame is complete, which may take long: others get the room.
                while try self.wait(for: descriptor, events) == .rung { self.passOn() }
            },
            checkpoint: { if self.isStopping() { throw ChannelEnd.stopping } })
    }

    private func wait(for descriptor: Int32, _ events: Int16) throws -> Event {
        while true {
            var interests = [
                pollfd(fd: descriptor, events: events, revents: 0),
                pollfd(fd: doorbell.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            // What is there counts also when the time is over: perhaps it was us who were held up.
            let isOver = deadline.map { $0 <= .now } ?? false
            let count = systemPoll(&interests, deadline)
            if count == 0, isOver { throw ChannelEnd.silent }
            let isRung = count > 0 && interests[1].revents != 0
            if isRung {
                doorbell.silence()
                if isStopping() { throw ChannelEnd.stopping }
            }
            if count > 0, interests[0].revents != 0 { return .readable }
            if isRung, !isOver { return .rung }
            if isRung { throw ChannelEnd.silent }
        }
    }
}

/// Time does not pass for a worker while the whole machine sleeps.
private typealias Deadline = SuspendingClock.Instant

/// `poll` until an instant, or a little less: the number of descriptors that are ready, -1 when interrupted.
private func systemPoll(_ interests: inout [pollfd], _ deadline: Deadline?) -> Int32 {
    guard let deadline else { return poll(&interests, nfds_t(interests.count), -1) }
    let remaining = max(.zero, Deadline.now.duration(to: deadline)).components
    // Rounded up, and at most 24 days at a time.
    let milliseconds = remaining.seconds.multipliedReportingOverflow(by: 1000)
    let rest = (remaining.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    let isFar = milliseconds.overflow || milliseconds.partialValue > Int64(Int32.max) - 1000
    return poll(&interests, nfds_t(interests.count), isFar ? .max : Int32(milliseconds.partialValue + rest))
}
