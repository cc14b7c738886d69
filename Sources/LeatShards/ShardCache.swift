import LeatCore
import Synchronization

/// The unpacked shards of one dataset that are in memory, shared by all tasks that read it.
///
/// A shard that several tasks want at once is loaded once, on threads of the cache's own; the tasks are suspended, no
/// thread of Swift's pool waits. Those threads end when there is nothing to load. A shard that a task still reads stays
/// in memory, even when it has left the cache.
final class ShardCache: Sendable {
    /// A task that waits for some shards, and the place of one of them among those.
    private typealias Waiter = (arrivals: Arrivals, place: Int)

    private let loader: ShardLoader
    private let state: Lock<StateMachine<Shard, Waiter>>

    /// So many bytes of small shards are loaded between two looks at what is most urgent.
    private static let jobByteCount = 64 << 10

    /// A cache of at most `budget` bytes, or two shards where that is more, filled by at most so many threads at once.
    init(loader: ShardLoader, budget: Int, loaders: Int) {
        self.loader = loader
        state = Lock(
            StateMachine(
                byteCounts: loader.index.byteCounts, budget: budget, loaders: loaders, jobByteCount: Self.jobByteCount))
    }

    /// The bytes of all shards that are in memory or being loaded.
    var usedByteCount: Int { state.withLock { $0.usedByteCount } }

    /// The shard with the given number.
    ///
    /// - Throws: `ShardError` if it can't be loaded; the next request tries again.
    func shard(_ number: Int) async throws(ShardError) -> Shard {
        if let shard = state.withLock({ $0.hit(number) }) { return shard }
        return try await shards([number], meanwhile: {})[0]
    }

    /// The shards with the given numbers, loaded beside each other; `meanwhile` is called when that has begun.
    ///
    /// - Throws: `ShardError` as `shard` does, of the first of them that can't be loaded.
    func shards(_ numbers: [Int], meanwhile: () -> Void) async throws(ShardError) -> [Shard] {
        var shards: [Shard] = []
        shards.reserveCapacity(numbers.count)
        let loaders = state.withLock { state in
            for number in numbers {
                guard let shard = state.hit(number) else { break }
                shards.append(shard)
            }
            if shards.count == numbers.count { return 0 }
            for number in numbers[shards.count...] { state.demand(number) }
            return state.startLoaders()
        }
        start(loaders)
        meanwhile()
        if shards.count == numbers.count { return shards }
        let missing = shards.count..<numbers.count
        let arrivals = Arrivals(shards, missing: missing.count)
        return try await arrivals.shards {
            let (ready, loaders) = state.withLock { state in
                var ready: [(place: Int, shard: Shard)] = []
                for place in missing {
                    let request = state.request(numbers[place], waiter: (arrivals, place))
                    if case .ready(let shard) = request { ready.append((place, shard)) }
                }
                return (ready, ready.count == missing.count ? 0 : state.startLoaders())
            }
            start(loaders)
            for (place, shard) in ready { arrivals.note(.success(shard), at: place) }
        }
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
        let scratch = ShardScratch()
        while case .load(let keys, var evicted) = state.withLock({ $0.next() }) {
            // Their memory is given back before more is taken.
            evicted.removeAll()
            var loaded: [(key: Int, shard: Result<Shard, ShardError>)] = []
            for key in keys {
                let result = Result { () throws(ShardError) in
                    try loader.load(key, scratch) { state.withLock { $0.postpone(key) } }
                }
                if let shard = result.unlessPostponed { loaded.append((key, shard)) }
            }
            let finished = state.withLock { state in
                loaded.map { state.finish($0.key, with: try? $0.shard.get()) }
            }
            for (loaded, finished) in zip(loaded, finished) {
                for waiter in finished.waiters { waiter.arrivals.note(loaded.shard, at: waiter.place) }
            }
        }
    }
}

/// The shards that one task waits for: it is woken once, when all are there.
private final class Arrivals: Sendable {
    private typealias Waiter = CheckedContinuation<Result<[Shard], ShardError>, Never>

    private struct State {
        var shards: [Shard?]
        var missing: Int
        var failure: (place: Int, error: ShardError)?
        var waiter: Waiter?
    }

    private let state: Lock<State>

    /// The first ones, which are there, and how many are to come after them.
    init(_ shards: [Shard], missing: Int) {
        state = Lock(State(shards: shards + Array(repeating: nil, count: missing), missing: missing))
    }

    /// All shards; `begin` asks for those that are missing.
    func shards(_ begin: () -> Void) async throws(ShardError) -> [Shard] {
        let result: Result<[Shard], ShardError> = await withCheckedContinuation { waiter in
            state.withLock { $0.waiter = waiter }
            begin()
        }
        return try result.get()
    }

    /// Notes what became of the shard at a place.
    func note(_ result: Result<Shard, ShardError>, at place: Int) {
        let complete = state.withLock { state -> (waiter: Waiter, result: Result<[Shard], ShardError>)? in
            switch result {
            case .success(let shard): state.shards[place] = shard
            case .failure(let error):
                if state.failure.map({ place < $0.place }) ?? true { state.failure = (place, error) }
            }
            state.missing -= 1
            guard state.missing == 0, let waiter = state.waiter.take() else { return nil }
            let shards = state.shards.compactMap { $0 }
            state.shards = []
            return (waiter, state.failure.map { .failure($0.error) } ?? .success(shards))
        }
        if let complete { complete.waiter.resume(returning: complete.result) }
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
