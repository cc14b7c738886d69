extension ShardCache {
    /// The shards that will be needed, the first one first, and what became of each; a value.
    struct WishList {
        enum State: UInt8 {
            /// Nobody sees to it.
            case open
            /// Asked for by somebody, or being loaded.
            case taken
            case ready
            /// No longer wished for.
            case removed
        }

        /// Each once.
        private(set) var keys: [Int] = []
        /// The state of each place in the list.
        private var states: [State] = []
        /// By the number of the shard, its place in the list; -1 for those that are not there.
        private var places: [Int32]
        /// The shards that some other process is loading, and that were put off once, wished for or not.
        private var postponed: Set<Int> = []
        /// No wish before the first of these places is open, and none before the second but such as were put off.
        private var (firstOpen, firstFresh) = (0, 0)
        /// No wish from this place on is ready.
        private var readyEnd = 0

        init(shardCount: Int) { places = Array(repeating: -1, count: shardCount) }

        func contains(_ key: Int) -> Bool { places[key] >= 0 }

        /// Forgets the list and takes another; `state` says what has become of a shard already.
        mutating func replace(with keys: [Int], state: (Int) -> State) {
            for key in self.keys { places[key] = -1 }
            self.keys.removeAll(keepingCapacity: true)
            states.removeAll(keepingCapacity: true)
            for key in keys where places[key] < 0 {
                places[key] = Int32(truncatingIfNeeded: self.keys.count)
                self.keys.append(key)
                states.append(state(key))
            }
            (firstOpen, firstFresh, readyEnd) = (0, 0, self.keys.count)
        }

        /// Notes what has become of a shard, wished for or not.
        mutating func note(_ key: Int, _ state: State) {
            let place = Int(places[key])
            guard place >= 0 else { return }
            states[place] = state
            switch state {
            case .open:
                firstOpen = min(firstOpen, place)
                if !postponed.contains(key) { firstFresh = min(firstFresh, place) }
            case .ready: readyEnd = max(readyEnd, place + 1)
            case .taken, .removed: break
            }
        }

        /// Takes a shard off the list.
        mutating func remove(_ key: Int) {
            note(key, .removed)
            places[key] = -1
        }

        /// The first wish that nobody sees to; those that were put off come last.
        mutating func next() -> Int? {
            while firstOpen < keys.count, states[firstOpen] != .open { firstOpen += 1 }
            firstFresh = max(firstFresh, firstOpen)
            while firstFresh < keys.count, states[firstFresh] != .open || postponed.contains(keys[firstFresh]) {
                firstFresh += 1
            }
            if firstFresh < keys.count { return keys[firstFresh] }
            return firstOpen < keys.count ? keys[firstOpen] : nil
        }

        /// Puts a shard off; false if it was put off before.
        mutating func postpone(_ key: Int) -> Bool { postponed.insert(key).inserted }

        mutating func endPostponement(of key: Int) { postponed.remove(key) }

        /// The last place before another one of a shard that is there.
        mutating func lastReady(before end: Int) -> Int? {
            var place = min(end, readyEnd) - 1
            while place >= 0, states[place] != .ready { place -= 1 }
            if end >= readyEnd { readyEnd = place + 1 }
            return place < 0 ? nil : place
        }
    }

    /// Shards in the order of their last use, the latest one last; a value.
    struct RecencyList {
        /// By the number of the shard, its neighbours; -1 for those that are not in the list.
        ///
        /// The number after the last shard's stands for both ends.
        private var next: [Int32]
        private var previous: [Int32]
        private let ends: Int

        init(shardCount: Int) {
            ends = shardCount
            next = Array(repeating: -1, count: shardCount + 1)
            previous = next
            next[ends] = Int32(truncatingIfNeeded: ends)
            previous[ends] = next[ends]
        }

        var first: Int? { following(ends) }

        /// The shard after another one.
        func following(_ key: Int) -> Int? {
            let following = Int(next[key])
            return following == ends ? nil : following
        }

        /// Puts a shard at the end, whether or not it is in the list.
        mutating func use(_ key: Int) {
            remove(key)
            let last = Int(previous[ends])
            link(last, key)
            link(key, ends)
        }

        /// Takes a shard out, if it is there.
        mutating func remove(_ key: Int) {
            guard next[key] >= 0 else { return }
            link(Int(previous[key]), Int(next[key]))
            (next[key], previous[key]) = (-1, -1)
        }

        private mutating func link(_ key: Int, _ following: Int) {
            next[key] = Int32(truncatingIfNeeded: following)
            previous[following] = Int32(truncatingIfNeeded: key)
        }
    }
}
