import LeatCore

/// The jobs of an executor, which its threads wait for.
final class JobQueue<Executor: Sendable>: Sendable {
    /// A job and where it runs.
    typealias Job = (job: UnownedJob, executor: Executor)

    private struct State {
        var pending: [Job] = []
        var isClosed = false
    }

    private let state = Monitor(State())

    init() {}

    /// Hands a job to one of the threads.
    func append(_ job: UnownedJob, on executor: Executor) {
        state.change(waking: .one) { $0.pending.append((job, executor)) }
    }

    /// Says that nothing more will come.
    func close() { state.change { $0.isClosed = true } }

    /// The oldest job, waiting for one; nil once the queue is closed and empty.
    func next() -> Job? {
        state.wait { state -> Job?? in
            if !state.pending.isEmpty { return .some(state.pending.removeFirst()) }
            return state.isClosed ? .some(nil) : nil
        }
    }
}
