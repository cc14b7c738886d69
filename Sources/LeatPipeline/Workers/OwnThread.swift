import LeatCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A thread of our own, for work that blocks: Swift's own threads are as many as there are cores and must not wait.
///
/// SIGPIPE is blocked in it: writing to a pipe whose reader is gone fails with EPIPE and harms nobody.
final class OwnThread: @unchecked Sendable {
    private enum End {
        case running
        case awaited(CheckedContinuation<Void, Never>)
        case reached
    }

    /// What the new thread is given; it holds no reference to the thread object.
    private final class Work: Sendable {
        let name: StaticString
        let body: @Sendable () -> Void
        let end = Lock(End.running)

        init(_ name: StaticString, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }

        func run() {
            setName()
            var brokenPipe = sigset_t()
            sigemptyset(&brokenPipe)
            sigaddset(&brokenPipe, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &brokenPipe, nil)
            body()
            let waiting = end.withLock { end in
                defer { end = .reached }
                if case .awaited(let continuation) = end { return Optional(continuation) }
                return nil
            }
            waiting?.resume()
        }

        /// Lets debuggers, profilers and tests tell our threads from Swift's.
        private func setName() {
            #if canImport(Darwin)
                name.withUTF8Buffer { _ = pthread_setname_np($0.baseAddress) }
            #else
                // Glibc's module hides pthread_setname_np, which does the same.
                let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
                guard descriptor >= 0 else { return }
                name.withUTF8Buffer { _ = write(descriptor, $0.baseAddress, $0.count) }
                close(descriptor)
            #endif
        }
    }

    private let work: Work
    private let thread: pthread_t

    /// Starts a thread that runs `body`.
    ///
    /// - Throws: `PipelineError` if the system allows no more threads.
    init(name: StaticString, _ body: @escaping @Sendable () -> Void) throws(PipelineError) {
        guard ThreadAllowance.take() else {
            throw PipelineError(.systemResource, "No thread could be started for \(name): the allowance is used up.")
        }
        let work = Work(name, body)
        let argument = Unmanaged.passRetained(work).toOpaque()
        #if canImport(Darwin)
            var thread: pthread_t?
            let code = pthread_create(&thread, nil, { OwnThread.main($0) }, argument)
        #else
            var thread = pthread_t()
            let code = pthread_create(&thread, nil, { OwnThread.main($0) }, argument)
        #endif
        guard code == 0 else {
            Unmanaged<Work>.fromOpaque(argument).release()
            throw PipelineError(.systemResource, "No thread could be started for \(name): \(POSIX.message(code)).")
        }
        #if canImport(Darwin)
            guard let thread else { preconditionFailure("pthread_create succeeded without a thread.") }
        #endif
        self.work = work
        self.thread = thread
    }

    /// Waits until the thread is gone; to be called once.
    func join() async {
        await withCheckedContinuation { continuation in
            let hasEnded = work.end.withLock { end in
                if case .reached = end { return true }
                end = .awaited(continuation)
                return false
            }
            if hasEnded { continuation.resume() }
        }
        // The thread has nothing left to do but to leave, so this takes microseconds.
        pthread_join(thread, nil)
    }

    #if canImport(Darwin)
        private static func main(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
            Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
            return nil
        }
    #else
        private static func main(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run() }
            return nil
        }
    #endif
}

/// How many threads this process may still start, so that it can be seen what happens when there are no more.
///
/// The system's own limits stop Swift's threads as well as ours, and don't bind the superuser.
package enum ThreadAllowance {
    private static let rest = Atomic(Int.max)

    /// Allows so many more threads.
    package static func set(_ threads: Int) { rest.store(threads, ordering: .relaxed) }

    fileprivate static func take() -> Bool { rest.subtract(1, ordering: .relaxed).oldValue > 0 }
}
