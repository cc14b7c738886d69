/// No workers: each batch is made when it is asked for, by the task that asks.
struct InlineFeeder: Feeder {
    let stream: IndexedStream

    func prepareNext() async -> Bool { await prepareNext { _ in } }

    /// Makes the next batch; says how long it took before it is handed in.
    func prepareNext(willHandIn: (_ time: Duration) -> Void) async -> Bool {
        await endPassIfDue()
        guard let ticket = stream.queue.claimNow() else { return false }
        await stream.work(on: ticket, willHandIn: willHandIn)
        return true
    }

    func stop() async { await endPassIfDue() }

    private func endPassIfDue() async {
        guard let epoch = stream.queue.passEndedNow() else { return }
        await stream.endPass(epoch)
    }
}

/// A sequence or closure without workers: asked when the consumer asks.
///
/// Unchecked because the stream it serves has one consumer, which is the only caller.
final class InlineGeneratorFeeder: Feeder, @unchecked Sendable {
    private let queue: OrderedQueue<Batch>
    private let next: BatchSource.Generator

    init(_ generator: @Sendable () -> BatchSource.Generator, queue: OrderedQueue<Batch>) {
        self.queue = queue
        next = generator()
    }

    func prepareNext() async -> Bool {
        guard let ticket = queue.claimNow() else { return false }
        _ = await queue.fill(ticket, from: next)
        return true
    }

    func stop() async {}
}

/// Tasks on threads of their own that make batches ahead of the consumer, and one that looks after ends of passes.
final class TaskFeeder: Feeder {
    private let threads: WorkerThreads
    private let makers: [Task<Void, Never>]
    private let keeper: Task<Void, Never>?

    /// Starts workers, on threads of their own, for a source that knows its batches by number.
    convenience init(_ stream: IndexedStream, workers: Int) async throws(PipelineError) {
        self.init(stream, workers: workers, try await WorkerThreads(count: workers))
    }

    /// Starts workers on threads that end with them.
    init(_ stream: IndexedStream, workers: Int, _ threads: WorkerThreads) {
        let queue = stream.queue
        makers = (0..<workers).map { _ in
            Task(executorPreference: threads) {
                while let ticket = await queue.claim() { await stream.work(on: ticket) }
            }
        }
        keeper = Task(executorPreference: threads) { await stream.keepPasses() }
        self.threads = threads
    }

    /// Starts the one reader that a sequence or closure allows.
    init(_ generator: @escaping @Sendable () -> BatchSource.Generator, queue: OrderedQueue<Batch>)
        async
        throws(PipelineError)
    {
        let threads = try await WorkerThreads(count: 1)
        let reader = Task(executorPreference: threads) {
            let next = generator()
            while let ticket = await queue.claim(), await queue.fill(ticket, from: next) {}
        }
        makers = [reader]
        keeper = nil
        self.threads = threads
    }

    func stop() async {
        // Batches that nobody will take needn't be finished; the end of a pass must be.
        for maker in makers { maker.cancel() }
        for maker in makers { await maker.value }
        await keeper?.value
        await threads.stop()
    }
}

extension OrderedQueue<Batch> {
    /// Hands in the generator's next batch, its end or its error; says whether there may be more.
    fileprivate func fill(_ ticket: Ticket, from next: BatchSource.Generator) async -> Bool {
        do {
            guard let batch = try await next() else {
                finish(at: ticket)
                return false
            }
            complete(ticket, .success(batch))
            return true
        } catch {
            fail(error)
            return false
        }
    }
}
