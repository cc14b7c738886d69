/// Threads that run the tasks of workers, so that those may block on files and decompress at length.
///
/// Ended by `stop()`, after the tasks that prefer this executor have ended.
final class WorkerThreads: TaskExecutor {
    private let jobs = JobQueue<UnownedTaskExecutor>()
    private let threads: [OwnThread]

    /// Starts the given number of threads.
    ///
    /// - Throws: `PipelineError` if the system allows no more threads.
    init(count: Int) async throws(PipelineError) {
        var threads: [OwnThread] = []
        let jobs = jobs
        do {
            for _ in 0..<count {
                let thread = try OwnThread(name: "leat-worker") {
                    while let (job, executor) = jobs.next() { job.runSynchronously(on: executor) }
                }
                threads.append(thread)
            }
        } catch {
            jobs.close()
            for thread in threads { await thread.join() }
            throw error
        }
        self.threads = threads
    }

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job), on: asUnownedTaskExecutor())
    }

    /// Runs what was enqueued and waits until the threads are gone.
    func stop() async {
        jobs.close()
        for thread in threads { await thread.join() }
    }
}
