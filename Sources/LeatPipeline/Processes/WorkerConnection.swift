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
    private let doorbell: Doorbell
    private let isStopping: () -> Bool
    /// Until when the worker must have said something, where there is a limit.
    private var deadline: ContinuousClock.Instant?

    /// What can happen while we wait.
    enum Event {
        case readable
        /// The doorbell was rung, and not because all is over.
        case rung
    }

    /// Starts a worker.
    ///
    /// - Throws: `PipelineError` if that is not possible.
    init(_ order: WorkerOrder, _ doorbell: Doorbell, isStopping: @escaping () -> Bool) throws(PipelineError) {
        let requests = try Pipe()
        let answers = try Pipe()
        answers.enlarge()
        requests.writeEnd.setNonblocking()
        answers.readEnd.setNonblocking()
        child = try ChildProcess(
            path: order.path, arguments: order.arguments, environment: order.environment, input: requests.readEnd,
            output: answers.writeEnd)
        toWorker = requests.takeWriteEnd()
        fromWorker = answers.takeReadEnd()
        self.doorbell = doorbell
        self.isStopping = isStopping
    }

    /// The process identifier.
    var process: Int32 { child.identifier }

    /// Sends a message.
    ///
    /// - Throws: `ChannelEnd`.
    func send(_ message: WorkerMessage) throws { try channel.send(message) }

    /// Waits for a message, perhaps not for ever.
    ///
    /// - Throws: `ChannelEnd`.
    func receive(within time: Duration? = nil) throws -> WorkerMessage {
        deadline = time.map { .now + $0 }
        defer { deadline = nil }
        return try channel.receive()
    }

    /// Waits until the worker says something or the doorbell rings.
    ///
    /// - Throws: `ChannelEnd`.
    func waitForEvent() throws -> Event { try wait(for: fromWorker.raw, Int16(POLLIN)) }

    /// Tells the worker that it may go and waits until it has closed its output.
    func leave(within time: Duration) {
        try? send(.goodbye)
        toWorker = nil
        let deadline = ContinuousClock.now + time
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 1) { bytes in
            while true {
                let count = read(fromWorker.raw, bytes.baseAddress, bytes.count)
                if count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR) { return }
                if count < 0, !Self.poll(for: fromWorker.raw, until: deadline) { return }
            }
        }
    }

    /// Ends the process if it has not ended by itself, and says how it did.
    func end() -> ChildStatus {
        toWorker = nil
        child.kill()
        return child.reap()
    }

    private var channel: FrameChannel {
        FrameChannel(input: fromWorker.raw, output: toWorker?.raw ?? -1) { descriptor, events in
            // A ring in the middle of a frame is no news: leases are looked after when the frame is complete.
            while try self.wait(for: descriptor, events) == .rung {}
        }
    }

    private func wait(for descriptor: Int32, _ events: Int16) throws -> Event {
        while true {
            var interests = [
                pollfd(fd: descriptor, events: events, revents: 0),
                pollfd(fd: doorbell.descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = systemPoll(&interests, deadline)
            if count == 0 { throw ChannelEnd.silent }
            let isRung = count > 0 && interests[1].revents != 0
            if isRung {
                doorbell.silence()
                if isStopping() { throw ChannelEnd.stopping }
            }
            if count > 0, interests[0].revents != 0 { return .readable }
            if isRung { return .rung }
        }
    }

    private static func poll(for descriptor: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        var interests = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        return systemPoll(&interests, deadline) != 0
    }
}

/// `poll` until an instant: the number of descriptors that are ready, 0 when it is past, -1 when interrupted.
private func systemPoll(_ interests: inout [pollfd], _ deadline: ContinuousClock.Instant?) -> Int32 {
    guard let deadline else { return poll(&interests, nfds_t(interests.count), -1) }
    let remaining = ContinuousClock.now.duration(to: deadline)
    guard remaining > .zero else { return 0 }
    let milliseconds = remaining.components.seconds * 1000 + remaining.components.attoseconds / 1_000_000_000_000_000
    return poll(&interests, nfds_t(interests.count), Int32(clamping: milliseconds + 1))
}
