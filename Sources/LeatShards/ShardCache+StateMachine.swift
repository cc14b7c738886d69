extension ShardCache {
    /// Which shards are in memory, which are being loaded, who waits for them, and which are loaded ahead: no I/O, no
    /// threads, no locks.
    ///
    /// A number of loaders take one shard after the other: first those that somebody waits for, in the order in which
    /// they were asked for, then those of the wish list, as far as the budget goes.
    struct StateMachine<Value, Waiter> {
        private enum Slot {
            /// Asked for, and not begun.
            case demanded([Waiter])
            case loading([Waiter])
            case ready(Value, lastUse: UInt64)
        }

        private var slots: [Int: Slot] = [:]
        private var uses = UseQueue()
        /// The shards used last, of which there are two at most: the latest is the last.
        private var recent: [Int] = []
        private var demands: [Int] = []
        /// The shards that will be needed, the first one first, and the place of each in that list.
        private var wishes: [Int] = []
        private var places: [Int: Int] = [:]
        /// All wishes before this one are seen to.
        private var firstOpenWish = 0
        /// The shards that some other process is loading, and that were put off once.
        private var postponed: Set<Int> = []
        private var runningLoaders = 0

        private let byteCounts: [Int]
        private let mostLoaders: Int
        /// The bytes that shards may take before old ones are dropped.
        let budget: Int
        /// The bytes of all shards that are in memory or being loaded.
        private(set) var usedByteCount = 0

        /// For shards of the given sizes.
        init(byteCounts: [Int], budget: Int, loaders: Int) {
            self.byteCounts = byteCounts
            self.budget = max(budget, 0)
            mostLoaders = max(loaders, 1)
        }

        // MARK: Who needs shards

        /// The shard, if it is there.
        mutating func hit(_ key: Int) -> Value? {
            guard case .ready(let value, _) = slots[key] else { return nil }
            use(key, value)
            return value
        }

        private mutating func use(_ key: Int, _ value: Value) {
            slots[key] = .ready(value, lastUse: uses.append(key))
            if recent.last != key {
                recent.removeAll { $0 == key }
                recent = recent.suffix(1) + [key]
            }
            if uses.count > 2 * slots.count + 64 { uses = uses.filtered { isLatest($0, $1) } }
        }

        private func isLatest(_ key: Int, _ use: UInt64) -> Bool {
            if case .ready(_, use) = slots[key] { true } else { false }
        }

        /// What a request leads to.
        enum Request {
            /// The shard is there.
            case ready(Value)
            /// A loader will resume the waiter.
            case wait
        }

        /// Asks for a shard; the waiter is kept until `finish`, unless the shard is there.
        mutating func request(_ key: Int, waiter: Waiter) -> Request {
            if let value = hit(key) { return .ready(value) }
            demand(key, waiters: [waiter])
            return .wait
        }

        /// Asks for a shard for which somebody will wait soon.
        mutating func demand(_ key: Int) { demand(key, waiters: []) }

        private mutating func demand(_ key: Int, waiters: [Waiter]) {
            switch slots[key] {
            case .ready: break
            case .loading(let others): slots[key] = .loading(others + waiters)
            case .demanded(let others): slots[key] = .demanded(others + waiters)
            case nil:
                slots[key] = .demanded(waiters)
                demands.append(key)
            }
        }

        /// Replaces the list of the shards that will be needed.
        mutating func wish(_ keys: [Int]) {
            wishes = keys
            places = Dictionary(zip(keys, 0...)) { first, _ in first }
            firstOpenWish = 0
        }

        // MARK: Loaders

        /// The number of loaders to start, which count as running from now on.
        mutating func startLoaders() -> Int {
            let work = demands.count + (hasWish ? mostLoaders : 0)
            let more = max(0, min(mostLoaders - runningLoaders, work))
            runningLoaders += more
            return more
        }

        /// What a loader does next, and what is dropped for it: to be freed outside of the lock, and before memory is
        /// taken.
        enum Job {
            case load(Int, evicted: [Value])
            /// There is nothing to do, and one loader less.
            case end(evicted: [Value])
        }

        /// What a loader does next.
        mutating func next() -> Job {
            if !demands.isEmpty {
                let key = demands.removeFirst()
                guard case .demanded(let waiters) = slots[key] else { preconditionFailure("A demand without a slot.") }
                return begin(key, waiters, dropping: makeRoom(for: byteCounts[key], keeping: 1, sparesWishes: false))
            }
            var evicted: [Value] = []
            if let key = nextWish() {
                evicted = makeRoom(for: byteCounts[key], keeping: 1, sparesWishes: true)
                if usedByteCount <= budget - byteCounts[key] { return begin(key, [], dropping: evicted) }
            }
            runningLoaders -= 1
            return .end(evicted: evicted)
        }

        private mutating func begin(_ key: Int, _ waiters: [Waiter], dropping evicted: [Value]) -> Job {
            slots[key] = .loading(waiters)
            usedByteCount += byteCounts[key]
            return .load(key, evicted: evicted)
        }

        /// Puts a shard off that another process is loading; false if that was done before or there is nothing else to
        /// do, and then it is worth to wait for.
        mutating func postpone(_ key: Int) -> Bool {
            guard case .loading(let waiters) = slots[key], !demands.isEmpty || hasWish,
                postponed.insert(key).inserted
            else { return false }
            usedByteCount -= byteCounts[key]
            slots[key] = nil
            // What is only wished for stays at its place in that list.
            if places[key] == nil || !waiters.isEmpty { demand(key, waiters: waiters) }
            return true
        }

        /// Notes a loaded shard, or with nil that it can't be loaded; returns who waits for it, and what to free.
        mutating func finish(_ key: Int, with value: Value?) -> (waiters: [Waiter], evicted: [Value]) {
            guard case .loading(let waiters) = slots[key] else { return ([], []) }
            postponed.remove(key)
            if let value {
                use(key, value)
            } else {
                _ = drop(key)
                // It is tried again when it is asked for: then there is somebody to be told.
                wish(wishes.filter { $0 != key })
            }
            return (waiters, makeRoom(for: 0, keeping: 2, sparesWishes: false))
        }

        private var hasWish: Bool {
            var copy = self
            return copy.nextWish() != nil
        }

        /// The first wish that nobody sees to; those that were put off come last.
        private mutating func nextWish() -> Int? {
            while firstOpenWish < wishes.count, slots[wishes[firstOpenWish]] != nil { firstOpenWish += 1 }
            let open = wishes[firstOpenWish...]
            return open.first { slots[$0] == nil && !postponed.contains($0) } ?? open.first { slots[$0] == nil }
        }

        // MARK: Room

        /// Drops shards until there is room.
        ///
        /// Those that were not used for longest go first, and those of the wish list last, the latest needed of them
        /// first. Never the ones used last: where one batch ends in it, workers that lag behind still want it.
        private mutating func makeRoom(for byteCount: Int, keeping kept: Int, sparesWishes: Bool) -> [Value] {
            let most = budget - byteCount
            let spared = recent.suffix(kept)
            var dropped: [Value] = []
            for _ in 0..<uses.count {
                guard usedByteCount > most, let (key, use) = uses.removeFirst() else { return dropped }
                guard case .ready(let value, use) = slots[key] else { continue }
                if spared.contains(key) || places[key] != nil {
                    slots[key] = .ready(value, lastUse: uses.append(key))
                } else {
                    dropped += drop(key)
                }
            }
            guard !sparesWishes else { return dropped }
            for key in wishes.reversed() where usedByteCount > most && !spared.contains(key) {
                if case .ready = slots[key] { dropped += drop(key) }
            }
            return dropped
        }

        /// Takes a shard out, and gives it back if it was there.
        private mutating func drop(_ key: Int) -> [Value] {
            usedByteCount -= byteCounts[key]
            firstOpenWish = min(firstOpenWish, places[key] ?? .max)
            guard case .ready(let value, _) = slots.removeValue(forKey: key) else { return [] }
            return [value]
        }
    }
}

/// Uses of shards, the oldest first; of a shard that was used again the older ones count no more.
private struct UseQueue {
    private var uses: [(key: Int, number: UInt64)] = []
    private var first = 0
    private var clock: UInt64 = 0

    var count: Int { uses.count - first }

    /// Notes a use and returns its number.
    mutating func append(_ key: Int) -> UInt64 {
        clock += 1
        uses.append((key, clock))
        return clock
    }

    mutating func removeFirst() -> (key: Int, number: UInt64)? {
        guard first < uses.count else { return nil }
        defer {
            first += 1
            if first > 64, first > uses.count / 2 {
                uses.removeFirst(first)
                first = 0
            }
        }
        return uses[first]
    }

    /// Those that count.
    func filtered(_ counts: (Int, UInt64) -> Bool) -> UseQueue {
        var queue = self
        queue.uses = uses[first...].filter { counts($0.key, $0.number) }
        queue.first = 0
        return queue
    }
}
