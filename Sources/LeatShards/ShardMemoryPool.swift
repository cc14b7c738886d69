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
/// Fresh memory costs a page fault every 4 KiB, which takes as long as half the unpacking. Two blocks are kept at most: one
/// for a file and one for what it unpacks to.
final class ShardMemoryPool: Sendable {
    /// A mapping of whole pages; unchecked, because it has one owner at a time.
    struct Block: @unchecked Sendable {
        let base: UnsafeMutableRawPointer
        let byteCount: Int

        /// Memory from the system; nil if it has none.
        init?(byteCount: Int) {
            let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
            guard let base, base != MAP_FAILED else { return nil }
            self.base = base
            self.byteCount = byteCount
        }

        /// Gives the memory back to the system.
        func unmap() { munmap(base, byteCount) }
    }

    private static let mostIdle = 2

    private let idle = Mutex<[Block]>([])

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
            return idle.count > Self.mostIdle ? idle.removeFirst() : nil
        }
        surplus?.unmap()
    }
}
