#if LEAT_THREAD_SANITIZER
    // Where a continuation is resumed before its task has got to sleep, Swift's runtime does not tell the thread
    // sanitizer that what went before the one goes before the other. In builds for it, what is declared here stands in
    // for what the standard library calls the same, in every file that imports this module.

    package struct CheckedContinuation<Value, Failure: Error>: Sendable {
        fileprivate let continuation: _Concurrency.CheckedContinuation<Value, Failure>
        fileprivate let handover: Handover

        package func resume(returning value: sending Value) {
            handover.mark()
            continuation.resume(returning: value)
        }

        package func resume() where Value == Void {
            handover.mark()
            continuation.resume()
        }

        package func resume(throwing error: Failure) {
            handover.mark()
            continuation.resume(throwing: error)
        }

        package func resume(with result: sending Result<Value, Failure>) {
            handover.mark()
            continuation.resume(with: result)
        }
    }

    /// A lock for what it tells the sanitizer: who has it now comes after those who had it before.
    private final class Handover: Sendable {
        private let order = Lock(())

        func mark() { order.withLock { _ in } }
    }

    package nonisolated(nonsending) func withCheckedContinuation<Value>(
        _ body: (CheckedContinuation<Value, Never>) -> Void
    ) async -> sending Value {
        let handover = Handover()
        let value = await _Concurrency.withCheckedContinuation {
            body(CheckedContinuation(continuation: $0, handover: handover))
        }
        handover.mark()
        return value
    }

    package nonisolated(nonsending) func withCheckedThrowingContinuation<Value>(
        _ body: (CheckedContinuation<Value, any Error>) -> Void
    ) async throws -> sending Value {
        let handover = Handover()
        defer { handover.mark() }
        return try await _Concurrency.withCheckedThrowingContinuation {
            body(CheckedContinuation(continuation: $0, handover: handover))
        }
    }
#endif
