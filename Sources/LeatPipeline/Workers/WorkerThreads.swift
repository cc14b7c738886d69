#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Threads that run the tasks of workers, so that those may block on files and decompress at length.
///
/// Ended by `stop()`, after the tasks that prefer this executor have ended.
final class WorkerThreads: TaskExecutor {
    private let jobs = JobQueue()
    private let threads: [OwnThread]

    /// Starts the given number of threads.
    ///
    /// - Throws: `PipelineError` if the system allows no more threads.
    init(count: Int) async throws(PipelineError) {
        var threads: [OwnThread] = []
        let jobs = jobs
        do {
            for _ in 0..<count {
                threads.append(try OwnThread(name: "leat-worker") { while let run = jobs.next() { run() } })
            }
        } catch {
            jobs.close()
            for thread in threads { await thread.join() }
            throw error
        }
        self.threads = threads
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        jobs.append { job.runSynchronously(on: executor) }
    }

    /// Runs what was enqueued and waits until the threads are gone.
    func stop() async {
        jobs.close()
        for thread in threads { await thread.join() }
    }
}

/// A queue that threads wait at.
///
/// `Mutex` has no condition variable, and threads must sleep while there is nothing to do; hence POSIX' pair.
/// Unchecked because the compiler can't see that `pending` and `isClosed` are touched only under `lock`.
private final class JobQueue: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var pending: [() -> Void] = []
    private var isClosed = false

    init() {
        lock = .allocate(capacity: 1)
        lock.initialize(to: pthread_mutex_t())
        pthread_mutex_init(lock, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deallocate()
        pthread_mutex_destroy(lock)
        lock.deallocate()
    }

    func append(_ job: @escaping () -> Void) {
        pthread_mutex_lock(lock)
        pending.append(job)
        pthread_cond_signal(changed)
        pthread_mutex_unlock(lock)
    }

    func close() {
        pthread_mutex_lock(lock)
        isClosed = true
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(lock)
    }

    /// The oldest job, waiting for one; nil once the queue is closed and empty.
    func next() -> (() -> Void)? {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while pending.isEmpty {
            if isClosed { return nil }
            pthread_cond_wait(changed, lock)
        }
        return pending.removeFirst()
    }
}
