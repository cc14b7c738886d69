/// State that threads share, and wait for changes of.
///
/// For threads of our own only: a task that waited would keep one of Swift's threads. `Mutex` has no condition variable;
/// hence POSIX' pair. Unchecked because the compiler can't see that the state is touched only under the lock.
package final class Monitor<State>: @unchecked Sendable {
    /// Who looks again after a change.
    package enum Wake: Sendable { case one, all }

    @usableFromInline let lock = SystemLock()
    @usableFromInline var state: State

    package init(_ state: sending State) { self.state = state }

    /// Changes the state, and has those look again who wait: all of them, or one where one can take what has come.
    @inlinable package func change(waking: Wake = .all, _ body: (inout State) -> Void) {
        lock.lock()
        body(&state)
        switch waking {
        case .one: lock.signal()
        case .all: lock.broadcast()
        }
        lock.unlock()
    }

    /// Waits until `body` finds what it looks for, and returns that.
    @inlinable package func wait<Found>(for body: (inout State) -> Found?) -> Found {
        lock.lock()
        defer { lock.unlock() }
        while true {
            if let found = body(&state) { return found }
            lock.wait()
        }
    }
}
