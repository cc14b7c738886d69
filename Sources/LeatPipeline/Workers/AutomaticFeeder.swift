import LeatCore
import Synchronization

/// Makes batches by tasks, or where they are used if that is faster: what the first ones cost decides.
///
/// The first ones are made by one task on a thread of its own, so that a source that blocks does so there. It settles
/// where the others are made before it hands in the batch that decides: a consumer that waits for the one after it finds
/// the choice made. That is within the first pass, whose end nobody needs to see to until then.
final class AutomaticFeeder: Feeder {
    private enum Way {
        /// The first batches are being made.
        case trying
        case inline
        case tasks(TaskFeeder)
        case stopped
    }

    private struct State {
        var way = Way.trying
        var choice = HandoverChoice()
    }

    private let stream: IndexedStream
    private let workers: Int
    private let threads: WorkerThreads
    private let state = Lock(State())
    private let trial = Lock<Task<Void, Never>?>(nil)

    /// Starts with the first batches of a pass that has so many, and has threads for so many workers.
    init(_ stream: IndexedStream, workers: Int, firstPassCount: Int) async throws(PipelineError) {
        self.stream = stream
        self.workers = workers
        threads = try await WorkerThreads(count: workers)
        let task = Task(executorPreference: threads) { [self] in await makeFirst(firstPassCount) }
        trial.withLock { $0 = task }
    }

    private func makeFirst(_ count: Int) async {
        for number in 1...count {
            guard let ticket = await stream.queue.claim() else { return }
            var isSettled = false
            await stream.work(on: ticket) { isSettled = settle(after: $0, isLast: number == count) }
            if isSettled { return }
        }
    }

    func prepareNext() async -> Bool {
        guard case .inline = state.withLock({ $0.way }) else { return false }
        return await InlineFeeder(stream: stream).prepareNext { _ = settle(after: $0) }
    }

    /// Notes what a batch took; says whether it is settled now where the others are made.
    private func settle(after time: Duration, isLast: Bool = false) -> Bool {
        state.withLock { state in
            switch state.way {
            case .trying, .inline: break
            case .tasks, .stopped: return true
            }
            state.choice.note(time, isLast: isLast)
            switch state.choice.place {
            case nil: return false
            case .consumer: state.way = .inline
            case .workers: state.way = .tasks(TaskFeeder(stream, workers: workers, threads))
            }
            return true
        }
    }

    func stop() async {
        let trial = trial.withLock { $0 }
        // A batch that nobody will take needn't be finished.
        trial?.cancel()
        await trial?.value
        let way = state.withLock { state in
            defer { state.way = .stopped }
            return state.way
        }
        switch way {
        case .tasks(let feeder): return await feeder.stop()
        case .inline: await InlineFeeder(stream: stream).stop()
        case .trying, .stopped: break
        }
        await threads.stop()
    }
}
