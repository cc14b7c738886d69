import Dispatch
import LeatCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// One thread of its own that runs an actor's jobs one after the other.
///
/// Training occupies this thread for as long as it likes and never one of Swift's cooperative pool. The thread ends
/// when the executor is gone and its last job has run.
final class TrainerExecutor: SerialExecutor {
    /// The jobs that wait, shared with the thread; the thread does not keep the executor alive, a waiting job does.
    private let queue = JobQueue()

    /// Starts the thread.
    ///
    /// - Throws: `TrainerError` if the system gives no thread.
    init() throws(TrainerError) {
        guard startThread({ [queue] in queue.run() }) else {
            throw TrainerError(.noThread, "The system gave no thread for training.")
        }
    }

    deinit { queue.close() }

    /// Whether somebody waits for the thread; a long job that sees it may suspend itself to let others in.
    var hasWaitingJobs: Bool { queue.hasWaitingJobs }

    func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), self)
    }
}

/// The jobs of one executor: a lock around a list, and a semaphore to sleep on while it is empty.
private final class JobQueue: Sendable {
    private struct State {
        var jobs: [(job: UnownedJob, executor: TrainerExecutor)] = []
        var isClosed = false
    }

    private let state = Lock(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let waiting = Atomic(0)

    var hasWaitingJobs: Bool { waiting.load(ordering: .relaxed) > 0 }

    func append(_ job: UnownedJob, _ executor: TrainerExecutor) {
        waiting.add(1, ordering: .relaxed)
        state.withLock { $0.jobs.append((job, executor)) }
        wakeUp.signal()
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wakeUp.signal()
    }

    func run() {
        while true {
            wakeUp.wait()
            // The list is empty on waking only when the executor is gone: every job holds it, so no job can follow.
            guard let (job, executor) = state.withLock({ $0.jobs.isEmpty ? nil : $0.jobs.removeFirst() }) else {
                return
            }
            waiting.subtract(1, ordering: .relaxed)
            job.runSynchronously(on: executor.asUnownedSerialExecutor())
        }
    }
}

/// Starts a detached thread; false if there is none to be had.
private func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    func main(_ argument: UnsafeMutableRawPointer) {
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
    }
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let argument = Unmanaged.passRetained(Body(body))
    #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(
            &thread, &attributes,
            {
                main($0)
                return nil
            }, argument.toOpaque())
    #else
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            {
                if let argument = $0 { main(argument) }
                return nil
            }, argument.toOpaque())
    #endif
    if code != 0 { argument.release() }
    return code == 0
}
