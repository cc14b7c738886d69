#if canImport(Darwin)
    package import Darwin
#elseif canImport(Musl)
    package import Musl
#else
    package import Glibc
#endif

/// POSIX' lock and condition variable, at an address that does not change.
///
/// For what `Mutex` does not do: to wait for something while nobody holds the lock, and to be seen by the thread
/// sanitizer.
package struct SystemLock: ~Copyable, @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline let condition: UnsafeMutablePointer<pthread_cond_t>

    package init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    @inlinable package func lock() { pthread_mutex_lock(mutex) }

    /// Takes the lock if nobody has it; whether it did.
    @inlinable package func lockIfAvailable() -> Bool { pthread_mutex_trylock(mutex) == 0 }

    @inlinable package func unlock() { pthread_mutex_unlock(mutex) }

    /// Lets the lock go until somebody signals, and has it again.
    @inlinable package func wait() { pthread_cond_wait(condition, mutex) }

    /// Wakes one of those who wait, if there is one.
    @inlinable package func signal() { pthread_cond_signal(condition) }

    /// Wakes all who wait.
    @inlinable package func broadcast() { pthread_cond_broadcast(condition) }
}
