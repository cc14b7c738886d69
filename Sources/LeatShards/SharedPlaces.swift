import LeatCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Small unpacked shards in memory that several processes share, where the memory holds all of a dataset's shards.
///
/// Each shard has a place of its own, which is written once and then stays: who reads it needs no lock, however many
/// shards there are. Whoever claims a place fills it. Who finds it claimed does something else first, and then unpacks
/// the shard for himself rather than wait: that takes no longer. So one who is killed while he fills a place takes
/// nothing with him but that place.
///
/// Unchecked because of the addresses; the table is atomic, and a place is read only when the table says that it is
/// filled.
final class SharedPlaces: SharedShardMemory, @unchecked Sendable {
    /// Where the parts of the memory are.
    struct Layout: Equatable {
        /// Shards of this size have slots that are locked: to unpack one again takes longer than to wait for it.
        static let largestShard = 64 << 10

        private static let (page, line) = (4096, 64)

        /// Where each shard's place begins, and where the last one ends; empty if there are no places.
        let positions: [Int]

        /// Places for shards of these sizes, if they are small and the budget holds all of them.
        init(byteCounts: [Int], budget: Int) {
            guard byteCounts.count > 1, byteCounts.allSatisfy({ $0 < Self.largestShard }) else {
                positions = []
                return
            }
            let table = (byteCounts.count * MemoryLayout<UInt32>.stride + Self.page - 1) / Self.page * Self.page
            var positions = [table]
            positions.reserveCapacity(byteCounts.count + 1)
            var end = table
            for byteCount in byteCounts {
                end += (byteCount + Self.line - 1) / Self.line * Self.line
                positions.append(end)
            }
            self.positions = end - table <= budget ? positions : []
        }

        var tableByteCount: Int { positions.first ?? 0 }
        var byteCount: Int { positions.last ?? 0 }
    }

    private enum State {
        static let (empty, claimed, filled): (UInt32, UInt32, UInt32) = (0, 1, 2)
    }

    private let layout: Layout
    private let file: SharedFile
    private let table: UnsafeMutablePointer<Atomic<UInt32>>
    /// All of the memory, to be read.
    private let base: UnsafeMutableRawPointer

    /// The shards in a file of that layout; nil if it is too small, or can't be mapped.
    init?(_ file: SharedFile, _ layout: Layout) {
        guard layout.byteCount > 0, file.byteCount >= layout.byteCount, file.reserve(0, layout.tableByteCount),
            let table = file.map(0, layout.tableByteCount, writable: true)
        else { return nil }
        guard let base = file.map(0, layout.byteCount, writable: false) else {
            file.unmap(table, layout.tableByteCount)
            return nil
        }
        self.layout = layout
        self.file = file
        self.base = base
        self.table = table.bindMemory(to: Atomic<UInt32>.self, capacity: layout.positions.count - 1)
    }

    deinit {
        file.unmap(table, layout.tableByteCount)
        file.unmap(base, layout.byteCount)
    }

    func claim(_ shard: Int, byteCount: Int, waits: Bool) -> SharedClaim {
        let (isMine, state) = table[shard].compareExchange(
            expected: State.empty, desired: State.claimed, ordering: .acquiringAndReleasing)
        if isMine { return .fill(SharedFilling(slot: shard, shard: shard)) }
        if state == State.filled { return .ready(memory(of: shard, byteCount)) }
        return waits ? .none : .busy
    }

    func publish(_ filling: SharedFilling, _ memory: ShardMemory) -> ShardMemory? {
        let place = layout.positions[filling.shard]..<layout.positions[filling.shard + 1]
        let isWritten = memory.withBytes { bytes in
            bytes.count <= place.count && file.write(UnsafeRawBufferPointer(bytes), at: place.lowerBound)
        }
        guard isWritten else {
            abandon(filling)
            return nil
        }
        table[filling.shard].store(State.filled, ordering: .releasing)
        return self.memory(of: filling.shard, memory.byteCount)
    }

    func abandon(_ filling: SharedFilling) { table[filling.shard].store(State.empty, ordering: .releasing) }

    private func memory(of shard: Int, _ byteCount: Int) -> ShardMemory {
        ShardMemory(base + layout.positions[shard], byteCount: byteCount) { [self] in withExtendedLifetime(self) {} }
    }
}
