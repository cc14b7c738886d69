#if LEAT_THREAD_SANITIZER
    /// A lock with the value that it guards: `Mutex`, as the thread sanitizer can see it.
    ///
    /// Swift's `Mutex` is atomics in a library that is not instrumented, so the sanitizer takes all that it guards for
    /// a race. It knows POSIX' mutex.
    package struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
        private let lock = SystemLock()
        private let value: UnsafeMutablePointer<Value>

        package init(_ value: consuming sending Value) {
            self.value = .allocate(capacity: 1)
            self.value.initialize(to: value)
        }

        deinit {
            value.deinitialize(count: 1)
            value.deallocate()
        }

        package borrowing func withLock<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result {
            lock.lock()
            defer { lock.unlock() }
            return try body(&value.pointee)
        }

        package borrowing func withLockIfAvailable<Result: ~Copyable, Failure: Error>(
            _ body: (inout sending Value) throws(Failure) -> sending Result
        ) throws(Failure) -> sending Result? {
            guard lock.lockIfAvailable() else { return nil }
            defer { lock.unlock() }
            return try body(&value.pointee)
        }
    }
#else
    package import Synchronization

    /// A lock with the value that it guards.
    ///
    /// It has a name of its own for the sake of builds for the thread sanitizer, in which it is another type.
    package typealias Lock<Value: ~Copyable> = Mutex<Value>
#endif
