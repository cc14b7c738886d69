import Synchronization

/// The unpacked shards of one dataset that are in memory, shared by all tasks that read it.
///
/// A shard that several tasks want at once is loaded once, on a thread of its own; the tasks are suspended, no thread
/// of Swift's pool waits. A shard that a task still reads stays in memory, even when it has left the cache.
final class ShardCache: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Shard, ShardError>, Never>

    private let loader: ShardLoader
    private let state: Mutex<StateMachine<Shard, Waiter>>

    /// A cache of at most `budget` bytes, or two shards where that is more.
    init(loader: ShardLoader, budget: Int) {
        self.loader = loader
        state = Mutex(StateMachine(budget: budget))
    }

    /// The bytes of all shards that are in memory or being loaded.
    var usedByteCount: Int { state.withLock { $0.usedByteCount } }

    /// The shard with the given number.
    ///
    /// - Throws: `ShardError` if it can't be loaded; the next request tries again.
    func shard(_ number: Int) async throws(ShardError) -> Shard {
        if let shard = state.withLock({ $0.hit(number) }) { return shard }
        let byteCount = loader.index.shards[number].raw.byteCount
        let result: Result<Shard, ShardError> = await withCheckedContinuation { continuation in
            let request = state.withLock { $0.request(number, byteCount: byteCount, waiter: continuation) }
            switch consume request {
            case .ready(let shard): continuation.resume(returning: .success(shard))
            case .wait: break
            case .load(var evicted):
                // Their memory is given back before more is taken.
                evicted.removeAll()
                load(number)
            }
        }
        return try result.get()
    }

    private func load(_ number: Int) {
        OwnThread.start { [self] in
            let result = Result { () throws(ShardError) in try loader.load(number) }
            let finished = state.withLock { $0.finish(number, with: try? result.get()) }
            for waiter in finished.waiters { waiter.resume(returning: result) }
        }
    }
}
