import LeatCore
import Synchronization

/// The unpacked shards of one dataset that are in memory, shared by all tasks that read it.
///
/// A shard that several tasks want at once is loaded once, on threads of the cache's own; the tasks are suspended, no
/// thread of Swift's pool waits. Those threads end when there is nothing to load. A shard that a task still reads stays
/// in memory, even when it has left the cache.
final class ShardCache: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Shard, ShardError>, Never>

    private let loader: ShardLoader
    private let state: Lock<StateMachine<Shard, Waiter>>

    /// A cache of at most `budget` bytes, or two shards where that is more, filled by at most so many threads at once.
    init(loader: ShardLoader, budget: Int, loaders: Int) {
        self.loader = loader
        state = Lock(StateMachine(byteCounts: loader.index.byteCounts, budget: budget, loaders: loaders))
    }

    /// The bytes of all shards that are in memory or being loaded.
    var usedByteCount: Int { state.withLock { $0.usedByteCount } }

    /// The shard with the given number.
    ///
    /// - Throws: `ShardError` if it can't be loaded; the next request tries again.
    func shard(_ number: Int) async throws(ShardError) -> Shard {
        if let shard = state.withLock({ $0.hit(number) }) { return shard }
        let result: Result<Shard, ShardError> = await withCheckedContinuation { continuation in
            let (request, loaders) = state.withLock { state in
                let request = state.request(number, waiter: continuation)
                return (request, state.startLoaders())
            }
            start(loaders)
            if case .ready(let shard) = request { continuation.resume(returning: .success(shard)) }
        }
        return try result.get()
    }

    /// The shards with the given numbers, loaded beside each other; `meanwhile` is called when that has begun.
    ///
    /// - Throws: `ShardError` as `shard` does.
    func shards(_ numbers: [Int], meanwhile: () -> Void) async throws(ShardError) -> [Shard] {
        let (found, loaders) = state.withLock { state in
            let found = numbers.map { state.hit($0) }
            var isComplete = true
            for (number, shard) in zip(numbers, found) where shard == nil {
                state.demand(number)
                isComplete = false
            }
            return (found, isComplete ? 0 : state.startLoaders())
        }
        start(loaders)
        meanwhile()
        var shards: [Shard] = []
        shards.reserveCapacity(numbers.count)
        for (number, shard) in zip(numbers, found) {
            if let shard { shards.append(shard) } else { shards.append(try await self.shard(number)) }
        }
        return shards
    }

    /// Loads the given shards as soon as there is nothing more urgent to load, the first ones first, as far as the
    /// budget goes; takes the place of what was wished for before.
    func readAhead(_ numbers: [Int]) {
        start(
            state.withLock { state in
                state.wish(numbers)
                return state.startLoaders()
            })
    }

    private func start(_ loaders: Int) {
        for _ in 0..<loaders { OwnThread.start { [self] in load() } }
    }

    /// Loads until there is nothing to load.
    private func load() {
        while case .load(let key, var evicted) = state.withLock({ $0.next() }) {
            // Their memory is given back before more is taken.
            evicted.removeAll()
            let result = Result { () throws(ShardError) in
                try loader.load(key) { state.withLock { $0.postpone(key) } }
            }
            guard let shard = result.unlessPostponed else { continue }
            let finished = state.withLock { $0.finish(key, with: try? shard.get()) }
            for waiter in finished.waiters { waiter.resume(returning: shard) }
        }
    }
}

extension Result where Success == Shard?, Failure == ShardError {
    /// The result of a load that was not put off; nil if it was.
    fileprivate var unlessPostponed: Result<Shard, ShardError>? {
        switch self {
        case .success(let shard): shard.map { .success($0) }
        case .failure(let error): .failure(error)
        }
    }
}
