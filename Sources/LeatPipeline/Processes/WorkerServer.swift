#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Opens a source and makes the batches that are asked for, one after the other.
struct WorkerServer {
    private let sources: [any WorkerSource.Type]
    private let channel: FrameChannel
    /// The memory in which there is room for batches, if there is any.
    private let rooms: SharedMemory?

    init(_ sources: [any WorkerSource.Type], _ channel: FrameChannel, _ rooms: SharedMemory? = nil) {
        self.sources = sources
        self.channel = channel
        self.rooms = rooms
    }

    /// Serves until the other side says goodbye, closes the connection or is gone; then the process ends.
    func run() async {
        let (requests, inbox) = AsyncStream.makeStream(of: WorkerMessage.self)
        let (sources, input, output, rooms) = (sources, channel.input, channel.output, rooms)
        do {
            let threads = try await WorkerThreads(count: 1)
            let reader = try OwnThread(name: "leat-requests") { Self.read(input, into: inbox) }
            await Task(executorPreference: threads) {
                await Self.answer(requests, sources, FrameChannel(input: input, output: output), rooms)
            }.value
            await reader.join()
        } catch {
            return Self.leave(.trouble, "The worker can't serve: \(error)")
        }
    }

    /// Reads requests on a thread of its own, so that the end of the other side is seen while a batch is being made.
    private static func read(_ input: Int32, into inbox: AsyncStream<WorkerMessage>.Continuation) {
        let channel = FrameChannel(input: input, output: -1)
        while true {
            do {
                let message = try channel.receive()
                if message == .goodbye { return leave(.fine) }
                inbox.yield(message)
            } catch ChannelEnd.garbage(let error) {
                return leave(.trouble, "The worker received what is no request: \(error)")
            } catch {
                return leave(.orphaned)
            }
        }
    }

    private static func answer(
        _ requests: AsyncStream<WorkerMessage>, _ sources: [any WorkerSource.Type], _ channel: FrameChannel,
        _ rooms: SharedMemory?
    ) async {
        do {
            try channel.send(.hello(version: WorkerMessage.version, abilities: rooms == nil ? [] : .rooms))
            var source: (any BatchSequence)?
            for await request in requests {
                switch (request, source) {
                case (.open(let name, let configuration), nil):
                    source = try await open(name, configuration, sources, channel)
                case (.lease(let index, let epoch, let room), let source?):
                    try channel.send(await batch(at: index, epoch, of: source).moved(into: room, of: rooms))
                case (.epochEnd, let source?):
                    await source.onEpochEnd()
                default:
                    return leave(.trouble, "The worker received a request of kind \(request.kind) out of turn.")
                }
            }
        } catch {
            leave(.orphaned)
        }
    }

    private static func open(
        _ name: String, _ configuration: [UInt8], _ sources: [any WorkerSource.Type], _ channel: FrameChannel
    ) async throws -> (any BatchSequence)? {
        guard let type = sources.first(where: { $0.workerName == name }) else {
            let known = sources.map { $0.workerName }.joined(separator: ", ")
            let message = "The worker program serves \(known.isEmpty ? "no sources" : known), but not \(name). "
            let advice =
                name == ForeignProgram.sourceName
                ? ForeignProgram.advice : "Name that source's type in its call of `WorkerProcess.serveIfRequested`."
            try channel.send(.failure(WorkerFailure(subject: .opening, message: message + advice)))
            return nil
        }
        let source: any BatchSequence
        do {
            source = try await makeSource(type, configuration)
        } catch {
            let message = "A worker process could not open its \(name): \(error)"
            try channel.send(.failure(WorkerFailure(subject: .opening, message: message)))
            return nil
        }
        try channel.send(.opened(count: source.count))
        return source
    }

    private static func batch(at index: Int, _ epoch: Int, of source: any BatchSequence) async -> WorkerMessage {
        do {
            let batch = try await source.locatedBatch(at: index, epoch: epoch)
            try batch.checkFitsFrame()
            return .batch(index: index, epoch: epoch, batch)
        } catch {
            let place = error as? any LocatedError
            return .failure(
                WorkerFailure(
                    subject: .batch(index: index, epoch: epoch), message: "\(error)", file: place?.faultyFile,
                    sample: place?.faultySample))
        }
    }

    private enum Farewell: Int32 {
        case fine = 0
        /// The other side is gone without a goodbye.
        case orphaned = 71
        case trouble = 76
    }

    /// Ends the process at once: other threads may be in the middle of anything, and nobody waits for it.
    private static func leave(_ farewell: Farewell, _ message: String? = nil) {
        if let message {
            let bytes = Array((message + "\n").utf8)
            _ = write(STDERR_FILENO, bytes, bytes.count)
        }
        _exit(farewell.rawValue)
    }
}
