extension ShardCache {
    /// Which shards are in memory, which are being loaded, who waits for them, and which are loaded ahead: no I/O, no
    /// threads, no locks.
    ///
    /// A number of loaders take one shard after the other, or some small ones at a time: first those that somebody waits
    /// for, in the order in which they were asked for, then those of the wish list, as far as the budget goes. What a
    /// step costs does not depend on the number of shards, but for a new wish list, which is gone through once.
    struct StateMachine<Value, Waiter> {
        private enum Slot {
            case absent
            /// Asked for, and not begun.
            case demanded([Waiter])
            case loading([Waiter])
            case ready(Value)

            var state: WishList.State {
                switch self {
                case .absent: .open
                case .demanded, .loading: .taken
                case .ready: .ready
                }
            }
        }

        private var slots: [Slot]
        private var wishes: WishList
        /// The shards that are there and not wished for.
        private var unwished: RecencyList
        /// The shard used last, and the one before.
        private var recent: (last: Int, previous: Int) = (-1, -1)
        private var demands: [Int] = []
        /// The demands before this one have been taken.
        private var firstDemand = 0
        private var runningLoaders = 0

        private let byteCounts: [Int]
        private let mostLoaders: Int
        /// A loader takes shards until they have so many bytes together.
        private let jobByteCount: Int
        /// The bytes that shards may take before old ones are dropped.
        let budget: Int
        /// The bytes of all shards that are in memory or being loaded.
        private(set) var usedByteCount = 0

        /// For shards of the given sizes.
        init(byteCounts: [Int], budget: Int, loaders: Int, jobByteCount: Int = 1) {
            self.byteCounts = byteCounts
            self.budget = max(budget, 0)
            mostLoaders = max(loaders, 1)
            self.jobByteCount = jobByteCount
            slots = Array(repeating: .absent, count: byteCounts.count)
            wishes = WishList(shardCount: byteCounts.count)
            unwished = RecencyList(shardCount: byteCounts.count)
        }

        // MARK: Who needs shards

        /// The shard, if it is there.
        mutating func hit(_ key: Int) -> Value? {
            guard case .ready(let value) = slots[key] else { return nil }
            use(key)
            return value
        }

        private mutating func use(_ key: Int) {
            if !wishes.contains(key) { unwished.use(key) }
            if recent.last != key { recent = (key, recent.last) }
        }

        private mutating func set(_ key: Int, _ slot: Slot) {
            slots[key] = slot
            wishes.note(key, slot.state)
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
            case .absent:
                set(key, .demanded(waiters))
                demands.append(key)
            }
        }

        /// The demands that have not been taken.
        private var demandCount: Int { demands.count - firstDemand }

        private mutating func takeDemand() -> Int? {
            guard demandCount > 0 else { return nil }
            let key = demands[firstDemand]
            firstDemand += 1
            if demandCount == 0 {
                demands.removeAll(keepingCapacity: true)
                firstDemand = 0
            }
            return key
        }

        /// Replaces the list of the shards that will be needed.
        mutating func wish(_ keys: [Int]) {
            let (former, slots) = (wishes.keys, slots)
            wishes.replace(with: keys) { slots[$0].state }
            for key in keys { unwished.remove(key) }
            for key in former where !wishes.contains(key) && slots[key].state == .ready { unwished.use(key) }
        }

        // MARK: Loaders

        /// The number of loaders to start, which count as running from now on.
        mutating func startLoaders() -> Int {
            guard runningLoaders < mostLoaders else { return 0 }
            let work = demandCount + (wishes.next() == nil ? 0 : mostLoaders)
            let more = min(mostLoaders - runningLoaders, work)
            runningLoaders += more
            return more
        }

        /// What a loader does next, and what is dropped for it: to be freed outside of the lock, and before memory is
        /// taken.
        enum Job {
            case load([Int], evicted: [Value])
            /// There is nothing to do, and one loader less.
            case end(evicted: [Value])
        }

        /// What a loader does next.
        mutating func next() -> Job {
            var (keys, evicted): ([Int], [Value]) = ([], [])
            var byteCount = 0
            // Others wait to do their part of what is demanded.
            let most = demandCount > 0 ? (demandCount + mostLoaders - 1) / mostLoaders : .max
            while byteCount < jobByteCount, keys.count < most {
                // Who waits for small ones does not wait for a large one.
                if !keys.isEmpty, let next = upNext, byteCounts[next] >= jobByteCount { break }
                guard let key = begin(dropping: &evicted) else { break }
                keys.append(key)
                byteCount += byteCounts[key]
            }
            guard keys.isEmpty else { return .load(keys, evicted: evicted) }
            runningLoaders -= 1
            return .end(evicted: evicted)
        }

        /// The most urgent shard.
        private var upNext: Int? { mutating get { demandCount > 0 ? demands[firstDemand] : wishes.next() } }

        /// Begins with the most urgent shard if there is one, and room for it.
        private mutating func begin(dropping evicted: inout [Value]) -> Int? {
            if let key = takeDemand() {
                guard case .demanded(let waiters) = slots[key] else { preconditionFailure("A demand without a slot.") }
                makeRoom(for: byteCounts[key], keeping: 1, sparesWishes: false, &evicted)
                set(key, .loading(waiters))
                usedByteCount += byteCounts[key]
                return key
            }
            guard let key = wishes.next() else { return nil }
            makeRoom(for: byteCounts[key], keeping: 1, sparesWishes: true, &evicted)
            guard usedByteCount <= budget - byteCounts[key] else { return nil }
            set(key, .loading([]))
            usedByteCount += byteCounts[key]
            return key
        }

        /// Puts a shard off that another process is loading; false if that was done before or there is nothing else to
        /// do, and then it is worth to wait for.
        mutating func postpone(_ key: Int) -> Bool {
            guard case .loading(let waiters) = slots[key], demandCount > 0 || wishes.next() != nil, wishes.postpone(key)
            else { return false }
            usedByteCount -= byteCounts[key]
            set(key, .absent)
            // What is only wished for stays at its place in that list.
            if !wishes.contains(key) || !waiters.isEmpty { demand(key, waiters: waiters) }
            return true
        }

        /// Notes a loaded shard, or with nil that it can't be loaded; returns who waits for it, and what to free.
        mutating func finish(_ key: Int, with value: Value?) -> (waiters: [Waiter], evicted: [Value]) {
            guard case .loading(let waiters) = slots[key] else { return ([], []) }
            wishes.endPostponement(of: key)
            if let value {
                set(key, .ready(value))
                use(key)
            } else {
                usedByteCount -= byteCounts[key]
                // It is tried again when it is asked for: then there is somebody to be told.
                wishes.remove(key)
                set(key, .absent)
            }
            var evicted: [Value] = []
            makeRoom(for: 0, keeping: 2, sparesWishes: false, &evicted)
            return (waiters, evicted)
        }

        // MARK: Room

        /// Drops shards until there is room.
        ///
        /// Those that were not used for longest go first, and those of the wish list last, the latest needed of them
        /// first. Never the ones used last: where one batch ends in it, workers that lag behind still want it.
        private mutating func makeRoom(
            for byteCount: Int, keeping kept: Int, sparesWishes: Bool, _ dropped: inout [Value]
        ) {
            let most = budget - byteCount
            func isSpared(_ key: Int) -> Bool { key == recent.last || kept == 2 && key == recent.previous }
            var oldest = unwished.first
            while usedByteCount > most, let key = oldest {
                oldest = unwished.following(key)
                if !isSpared(key) { drop(key, to: &dropped) }
            }
            guard !sparesWishes else { return }
            var end = wishes.keys.count
            while usedByteCount > most, let place = wishes.lastReady(before: end) {
                end = place
                let key = wishes.keys[place]
                if !isSpared(key) { drop(key, to: &dropped) }
            }
        }

        /// Takes a shard out that is there.
        private mutating func drop(_ key: Int, to dropped: inout [Value]) {
            guard case .ready(let value) = slots[key] else { return }
            dropped.append(value)
            set(key, .absent)
            usedByteCount -= byteCounts[key]
            unwished.remove(key)
        }
    }
}
