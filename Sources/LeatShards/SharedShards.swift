import LeatCore
import LeatPipeline
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Unpacked shards in memory that several processes share: each shard is unpacked by one of them.
///
/// The memory is a table and slots for a shard each. Who uses a slot holds a lock on it, for reading or, while it is
/// filled, for itself alone; who fills a slot with a shard holds a lock on that shard, too. The system takes the locks
/// back of a process that ends, whichever way: a slot that was not finished is empty, and one that nobody uses is free
/// to be taken, the one that was not used for longest first.
///
/// Unchecked because of the table's address; what is there is atomic.
final class SharedShards: SharedShardMemory, @unchecked Sendable {
    /// Where the parts of the memory are.
    struct Layout: Equatable {
        /// The memory that a slot takes: pages that hold the largest shard.
        let slotByteCount: Int
        let slotCount: Int

        private static let page = 4096
        private static let spareSlots = 2
        /// A slot's entry: the number of its shard and one, or 0 if it is empty; when it was used last; and how many of
        /// its bytes have memory behind them for good.
        static let entryWords = 3
        private static let entryByteCount = 8 * entryWords

        // The system looks through all locks of a file for each one. So of shards as small as this no more than so many
        // are shared, or none: to unpack each of them in every process takes less. And of no size more than the limit.
        private static let (smallByteCount, mostSmallSlots, mostSlots) = (SharedPlaces.Layout.largestShard, 1024, 8192)

        /// Slots for shards of these sizes, as many as the budget holds; none where they would be too many.
        ///
        /// Where that is fewer than shards, two more are for what others hold a moment longer or shorter: with them the
        /// shards in use change one at a time, without them some are unpacked again.
        init(byteCounts: [Int], budget: Int) {
            slotByteCount = LargePages.memory(of: byteCounts.max() ?? 0)
            let held = slotByteCount == 0 ? 0 : max(budget, 0) / slotByteCount
            let count = held == 0 ? 0 : min(byteCounts.count, held + Self.spareSlots)
            let isTooMany = slotByteCount < Self.smallByteCount && count > Self.mostSmallSlots
            slotCount = isTooMany ? 0 : min(count, Self.mostSlots)
        }

        /// The table's bytes: a clock, and the entries.
        var tableByteCount: Int { Self.rounded((slotCount + 1) * Self.entryByteCount, to: Self.page) }
        /// All addresses; what is not used of them takes no memory.
        var byteCount: Int { slotCount == 0 ? 0 : position(of: slotCount) }

        /// What one of the processes may hold: all but the spare slots.
        func budgetOfOne(shardCount: Int) -> Int {
            (slotCount < shardCount ? max(slotCount - Self.spareSlots, 1) : slotCount) * slotByteCount
        }

        /// Whether slots are in large pages; then each begins with one.
        var hasLargePages: Bool { LargePages.share(of: slotByteCount) > 0 }

        func position(of slot: Int) -> Int {
            let unit = hasLargePages ? LargePages.byteCount : Self.page
            return Self.rounded(tableByteCount, to: unit) + slot * Self.rounded(slotByteCount, to: unit)
        }

        private static func rounded(_ byteCount: Int, to unit: Int) -> Int { (byteCount + unit - 1) / unit * unit }
    }

    let layout: Layout
    private let file: SharedFile
    private let table: UnsafeMutablePointer<Atomic<UInt64>>
    /// How many users each slot has in this process, whose lock they share.
    private let uses: Lock<[Int: Int]>
    /// How often the system would not put large pages behind a slot; after a few times it is not asked again.
    private let refusals: Atomic<Int>
    private static let mostRefusals = 3

    /// The shards in a file of that layout; nil if it is too small, or can't be mapped.
    init?(_ file: SharedFile, _ layout: Layout) {
        guard layout.slotCount > 0, file.byteCount >= layout.byteCount, file.reserve(0, layout.tableByteCount),
            let base = file.map(0, layout.tableByteCount, writable: true)
        else { return nil }
        self.layout = layout
        self.file = file
        table = base.bindMemory(to: Atomic<UInt64>.self, capacity: Layout.entryWords * (layout.slotCount + 1))
        uses = Lock([:])
        refusals = Atomic(0)
    }

    deinit { file.unmap(table, layout.tableByteCount) }

    func claim(_ shard: Int, byteCount: Int, waits: Bool) -> SharedClaim {
        if let memory = find(shard, byteCount) { return .ready(memory) }
        switch file.lock(lockOf(shard: shard), .exclusive, waits: waits) {
        case .taken: break
        case .busy: return .busy
        case .failed: return .none
        }
        // It may have been finished in the meantime.
        if let memory = find(shard, byteCount) {
            file.unlock(lockOf(shard: shard))
            return .ready(memory)
        }
        guard let slot = takeSlot(for: shard) else {
            file.unlock(lockOf(shard: shard))
            return .none
        }
        return .fill(SharedFilling(slot: slot, shard: shard, memory: backedMemory(of: slot, byteCount)))
    }

    func publish(_ filling: SharedFilling, _ memory: ShardMemory) -> ShardMemory? {
        guard memory === filling.memory || write(memory, into: filling.slot) else {
            abandon(filling)
            return nil
        }
        entry(filling.slot, 0).pointee.store(UInt64(filling.shard) + 1, ordering: .releasing)
        use(filling.slot)
        _ = file.lock(filling.slot, .shared, waits: false)
        file.unlock(lockOf(shard: filling.shard))
        // In its place it is mapped already; the slot is given back only when that mapping is not used any more.
        if memory === filling.memory {
            file.endWriting(memory.base, layout.slotByteCount)
            return ShardMemory(memory.base, byteCount: memory.byteCount) { [self] in
                withExtendedLifetime(memory) { release(filling.slot) }
            }
        }
        guard let shared = map(filling.slot, memory.byteCount) else {
            release(filling.slot)
            return nil
        }
        return shared
    }

    /// Writes a shard that was unpacked elsewhere: that takes small pages one by one without clearing them first, and
    /// fails where there are none left, instead of ending the process.
    private func write(_ memory: ShardMemory, into slot: Int) -> Bool {
        memory.withBytes { bytes in
            bytes.count <= layout.slotByteCount
                && file.write(UnsafeRawBufferPointer(bytes), at: layout.position(of: slot))
        }
    }

    /// A slot's memory for writing, all of it there already; nil where the system can't promise that.
    private func backedMemory(of slot: Int, _ byteCount: Int) -> ShardMemory? {
        guard byteCount <= layout.slotByteCount, LargePages.share(of: byteCount) > 0,
            refusals.load(ordering: .relaxed) < Self.mostRefusals
        else { return nil }
        let position = layout.position(of: slot)
        guard let base = file.map(position, layout.slotByteCount, writable: true) else { return nil }
        let backed = entry(slot, 2)
        if backed.pointee.load(ordering: .relaxed) < UInt64(byteCount) {
            guard file.back(base, at: position, byteCount) else {
                refusals.add(1, ordering: .relaxed)
                file.unmap(base, layout.slotByteCount)
                return nil
            }
            backed.pointee.store(UInt64(byteCount), ordering: .relaxed)
        }
        return ShardMemory(base, byteCount: byteCount) { [file, layout] in file.unmap(base, layout.slotByteCount) }
    }

    func abandon(_ filling: SharedFilling) {
        release(filling.slot)
        file.unlock(lockOf(shard: filling.shard))
    }

    // MARK: Slots

    /// The shard, if some slot holds it.
    private func find(_ shard: Int, _ byteCount: Int) -> ShardMemory? {
        let wanted = UInt64(shard) + 1
        for slot in 0..<layout.slotCount where entry(slot, 0).pointee.load(ordering: .acquiring) == wanted {
            guard retain(slot) else { continue }
            // Between the look and the lock it may have been given to another shard.
            guard entry(slot, 0).pointee.load(ordering: .acquiring) == wanted,
                let memory = map(slot, byteCount)
            else {
                release(slot)
                continue
            }
            use(slot)
            return memory
        }
        return nil
    }

    /// A slot for this process alone: an empty one, from the shard's own place on, or else the one that was not used for
    /// longest.
    private func takeSlot(for shard: Int) -> Int? {
        let own = shard % layout.slotCount
        for number in own..<own + layout.slotCount {
            let slot = number % layout.slotCount
            if entry(slot, 0).pointee.load(ordering: .relaxed) == 0, take(slot) { return slot }
        }
        let uses = (0..<layout.slotCount).map { (slot: $0, time: entry($0, 1).pointee.load(ordering: .relaxed)) }
        return uses.sorted { $0.time < $1.time }.first { take($0.slot) }?.slot
    }

    /// Takes a slot if nobody uses it.
    private func take(_ slot: Int) -> Bool {
        // The mutex is held while the lock is asked for, not while it is waited for: that takes microseconds.
        let isTaken = uses.withLock { uses in
            guard uses[slot] == nil, file.lock(slot, .exclusive, waits: false) == .taken else { return false }
            uses[slot] = 1
            return true
        }
        if isTaken { entry(slot, 0).pointee.store(0, ordering: .relaxed) }
        return isTaken
    }

    private func retain(_ slot: Int) -> Bool {
        uses.withLock { uses in
            if uses[slot] == nil, file.lock(slot, .shared, waits: false) != .taken { return false }
            uses[slot, default: 0] += 1
            return true
        }
    }

    private func release(_ slot: Int) {
        uses.withLock { uses in
            uses[slot, default: 1] -= 1
            guard uses[slot] == 0 else { return }
            uses[slot] = nil
            file.unlock(slot)
        }
    }

    private func map(_ slot: Int, _ byteCount: Int) -> ShardMemory? {
        guard let base = file.map(layout.position(of: slot), layout.slotByteCount, writable: false) else { return nil }
        return ShardMemory(base, byteCount: byteCount) { [self] in
            file.unmap(base, layout.slotByteCount)
            release(slot)
        }
    }

    private func use(_ slot: Int) {
        let now = table[0].wrappingAdd(1, ordering: .relaxed).newValue
        entry(slot, 1).pointee.store(now, ordering: .relaxed)
    }

    private func entry(_ slot: Int, _ word: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
        table + Layout.entryWords * (slot + 1) + word
    }

    private func lockOf(shard: Int) -> Int { layout.slotCount + shard }
}
