import LeatCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The blocks that a dropped shard leaves for the next one, of the same size more or less.
///
/// Fresh memory costs page faults. Two blocks are kept for each thread that loads: one for a file and one for what it
/// unpacks to.
final class ShardMemoryPool: Sendable {
    /// A mapping of whole pages; unchecked, because it has one owner at a time.
    struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let byteCount: Int
        private let mapping: UnsafeMutableRawBufferPointer

        /// Memory from the system; nil if it has none.
        init?(byteCount: Int) {
            let (room, overflow) = byteCount.addingReportingOverflow(LargePages.byteCount)
            guard !overflow else { return nil }
            let start = mmap(nil, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
            guard let start, start != MAP_FAILED else { return nil }
            mapping = UnsafeMutableRawBufferPointer(start: start, count: room)
            base = start.alignedUp(toMultipleOf: LargePages.byteCount)
            self.byteCount = byteCount
            #if os(Linux)
                // The last part stays in small pages: what is not used of a large one would be memory all the same.
                let whole = byteCount / LargePages.byteCount * LargePages.byteCount
                if whole > 0 { madvise(base, whole, MADV_HUGEPAGE) }
            #endif
        }

        /// Gives the memory back to the system.
        func unmap() { munmap(mapping.baseAddress, mapping.count) }
    }

    /// Where small blocks are from.
    let slabs = ShardMemorySlabs()

    private let mostIdle: Int

    private let idle = Lock<[Block]>([])

    /// A pool that keeps so many blocks at most.
    init(mostIdle: Int = 2) { self.mostIdle = mostIdle }

    deinit { idle.withLock { for block in $0 { block.unmap() } } }

    /// The smallest idle block that serves a request without wasting more than it uses; nil if there is none.
    func take(_ byteCount: Int) -> Block? {
        idle.withLock { idle in
            let fitting = idle.indices.filter { byteCount...2 * byteCount ~= idle[$0].byteCount }
            guard let best = fitting.min(by: { idle[$0].byteCount < idle[$1].byteCount }) else { return nil }
            return idle.remove(at: best)
        }
    }

    /// Takes a block back, and gives another to the system where that makes too many.
    func recycle(_ block: Block) {
        let surplus: Block? = idle.withLock { idle in
            idle.append(block)
            return idle.count > mostIdle ? idle.removeFirst() : nil
        }
        surplus?.unmap()
    }
}
