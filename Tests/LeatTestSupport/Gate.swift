import LeatCore
import Synchronization

/// Holds whoever comes until it is opened, then lets everyone pass.
public final class Gate: Sendable {
    private enum State {
        case shut([CheckedContinuation<Void, Never>])
        case open
    }

    private let state = Lock(State.shut([]))

    public init() {}

    /// Returns as soon as the gate is open.
    public func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                guard case .shut(let waiting) = state else { return true }
                state = .shut(waiting + [continuation])
                return false
            }
            if isOpen { continuation.resume() }
        }
    }

    /// Lets everyone pass, from now on.
    public func open() {
        let waiting = state.withLock { state in
            defer { state = .open }
            guard case .shut(let waiting) = state else { return [CheckedContinuation<Void, Never>]() }
            return waiting
        }
        for waiting in waiting { waiting.resume() }
    }
}
