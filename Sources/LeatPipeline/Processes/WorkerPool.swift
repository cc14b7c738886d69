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
        _ source: some WorkerSource, _ stream: IndexedStream, workers: Int, launch: WorkerLaunch, batchTime: Duration?
    ) async throws(PipelineError) {
        var order = try WorkerOrder(source, count: stream.schedule.count, workers: workers, launch: launch)
        order.batchTime = batchTime
        // As many as the queue holds, shared out, one that the consumer looks at, and one that it goes on to.
        if order.roomsPerWorker > 0 {
            // Each room is a mapping of its own, of which a process may have some ten thousands.
            order.roomsPerWorker = min((stream.queue.capacity - 1) / workers, 250) + 3
        }
        let desk = try LeaseDesk(order, stream.queue, workers: workers)
        let keeperThreads = try await WorkerThreads(count: 1)
        var minders: [OwnThread] = []
        do {
            for worker in 0..<workers {
                minders.append(
                    try OwnThread(name: "leat-minder") {
                        WorkerMinder(worker: worker, desk: desk).run()
                    })
            }
        } catch {
            desk.close()
            for minder in minders { await minder.join() }
            await keeperThreads.stop()
            throw error
        }
        self.desk = desk
        self.minders = minders
        self.keeperThreads = keeperThreads
        keeper = Task(executorPreference: keeperThreads) { await stream.keepPasses() }
    }

    /// The processes that live now.
    var processes: [Int32] { desk.processes }

    var situation: [String] { desk.situation }

    func stop() async {
        desk.close()
        for minder in minders { await minder.join() }
        await keeper.value
        await keeperThreads.stop()
    }
}
