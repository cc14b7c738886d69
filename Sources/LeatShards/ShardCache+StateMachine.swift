extension ShardCache {
    /// Which shards are in memory, which are being loaded, and who waits for them: no I/O, no threads, no locks.
    struct StateMachine<Value, Waiter> {
        private enum Slot {
            case loading([Waiter])
            case ready(Value, lastUse: UInt64)
        }

        private var slots: [Int: Slot] = [:]
        private var byteCounts: [Int: Int] = [:]
        private var clock: UInt64 = 0

        /// The bytes that shards may take before old ones are dropped.
        let budget: Int
        /// The bytes of all shards that are in memory or being loaded.
        private(set) var usedByteCount = 0

        init(budget: Int) { self.budget = max(budget, 0) }

        /// What a request leads to.
        enum Request {
            /// The shard is there.
            case ready(Value)
            /// The caller loads it; the values it drops to make room are to be freed outside of the lock.
            case load(evicted: [Value])
            /// Somebody loads it already, and will resume the waiter.
            case wait
        }

        /// The shard, if it is there.
        mutating func hit(_ key: Int) -> Value? {
            guard case .ready(let value, _) = slots[key] else { return nil }
            clock += 1
            slots[key] = .ready(value, lastUse: clock)
            return value
        }

        /// Asks for a shard of the given size; the waiter is kept until `finish`, unless the shard is there.
        mutating func request(_ key: Int, byteCount: Int, waiter: Waiter) -> Request {
            if let value = hit(key) { return .ready(value) }
            if case .loading(let waiters) = slots[key] {
                slots[key] = .loading(waiters + [waiter])
                return .wait
            }
            let evicted = makeRoom(for: byteCount, keeping: 1)
            slots[key] = .loading([waiter])
            byteCounts[key] = byteCount
            usedByteCount += byteCount
            return .load(evicted: evicted)
        }

        /// Notes a loaded shard, or with nil that it can't be loaded; returns who waits for it, and what to free.
        mutating func finish(_ key: Int, with value: Value?) -> (waiters: [Waiter], evicted: [Value]) {
            guard case .loading(let waiters) = slots[key] else { return ([], []) }
            clock += 1
            if let value {
                slots[key] = .ready(value, lastUse: clock)
            } else {
                remove(key)
            }
            return (waiters, makeRoom(for: 0, keeping: 2))
        }

        /// Drops the shards that were not used for longest, but never the one used before the newest: where one batch
        /// ends in it, workers that lag behind still want it.
        private mutating func makeRoom(for byteCount: Int, keeping kept: Int) -> [Value] {
            var ready = slots.compactMap { key, slot -> (key: Int, value: Value, lastUse: UInt64)? in
                guard case .ready(let value, let lastUse) = slot else { return nil }
                return (key, value, lastUse)
            }
            ready.sort { $0.lastUse < $1.lastUse }
            var evicted: [Value] = []
            for (key, value, _) in ready.dropLast(kept) {
                guard usedByteCount > budget - byteCount else { break }
                remove(key)
                evicted.append(value)
            }
            return evicted
        }

        private mutating func remove(_ key: Int) {
            slots[key] = nil
            usedByteCount -= byteCounts.removeValue(forKey: key) ?? 0
        }
    }
}
