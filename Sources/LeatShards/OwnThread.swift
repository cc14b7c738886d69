import LeatCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A thread for one piece of blocking work: Swift's own threads are few and must not wait for a disk.
///
/// Starting a thread costs some 20 µs, loading a shard many milliseconds; so there is no pool to size or to shut down.
enum OwnThread {
    /// Runs `body` on a thread that ends with it; on this thread if the system gives no more.
    static func start(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body)).toOpaque()
        if !spawn(work) { _ = threadMain(work) }
    }

    private static func spawn(_ work: UnsafeMutableRawPointer) -> Bool {
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        guard pthread_create(&thread, nil, threadMain, work) == 0 else { return false }
        #if canImport(Darwin)
            if let thread { pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
        return true
    }

    /// The result of `body`, which runs on its own thread while this task is suspended.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(ShardError) -> Value
    ) async throws(ShardError) -> Value {
        let result: Result<Value, ShardError> = await withCheckedContinuation { continuation in
            start {
                do throws(ShardError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// What a new thread runs: the work that it is handed, retained for it.
private func threadMain(_ work: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
    return nil
}
