#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// State that threads share, and wait for changes of.
///
/// For threads of our own only: a task that waited would keep one of Swift's threads. `Mutex` has no condition variable;
/// hence POSIX' pair. Unchecked because the compiler can't see that the state is touched only under the lock.
final class Monitor<State>: @unchecked Sendable {
    private let lock: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    init(_ state: sending State) {
        self.state = state
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

    /// Changes the state, and has those look again who wait.
    func change(_ body: (inout State) -> Void) {
        pthread_mutex_lock(lock)
        body(&state)
        pthread_cond_broadcast(changed)
        pthread_mutex_unlock(lock)
    }

    /// Waits until `body` finds what it looks for, and returns that.
    func wait<Found>(for body: (inout State) -> Found?) -> Found {
        pthread_mutex_lock(lock)
        defer { pthread_mutex_unlock(lock) }
        while true {
            if let found = body(&state) { return found }
            pthread_cond_wait(changed, lock)
        }
    }
}
