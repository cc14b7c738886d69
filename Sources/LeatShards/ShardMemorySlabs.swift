import LeatCore
import Synchronization

/// Blocks of some kilobytes, cut from pieces of memory that hold blocks of one size.
///
/// Thousands of small shards would each cost a call to the allocator, and often one of that to the system, and a fault
/// for every 4 KiB. A block that is given back serves the next shard of its size; a piece of which no block is used goes
/// back to the system.
final class ShardMemorySlabs: Sendable {
    /// The sizes that are served; the allocator sees to others.
    static let byteCounts = 1024...(64 << 10)

    /// A piece of memory; all but its address is guarded by the slabs' lock.
    final class Slab: @unchecked Sendable {
        fileprivate let memory: ShardMemoryPool.Block
        fileprivate let blockByteCount: Int
        fileprivate let blockCount: Int
        /// The numbers of the blocks that nobody has.
        fileprivate var free: [Int]
        /// Its place among the slabs of its size that have free blocks; -1 where all are used.
        fileprivate var place = -1

        fileprivate init?(byteCount: Int, blockByteCount: Int) {
            guard let memory = ShardMemoryPool.Block(byteCount: byteCount) else { return nil }
            self.memory = memory
            self.blockByteCount = blockByteCount
            blockCount = byteCount / blockByteCount
            free = Array((0..<blockCount).reversed())
        }

        deinit { memory.unmap() }
    }

    /// A block, owned by whoever took it until he gives it back.
    struct Block: Sendable {
        fileprivate let slab: Slab
        fileprivate let number: Int
        var base: UnsafeMutableRawPointer { slab.memory.base + number * slab.blockByteCount }
    }

    /// All slabs with blocks of one size.
    private struct Size {
        /// Those that have free blocks.
        var open: [Slab] = []
        /// The bytes of all of them.
        var byteCount = 0
    }

    /// A slab is a quarter of what there is of its size, so that not much more is taken than used, between these.
    private static let slabByteCounts = (256 << 10)...LargePages.byteCount

    private let sizes = Lock<[Int: Size]>([:])

    /// The bytes of all slabs.
    var byteCount: Int { sizes.withLock { $0.values.reduce(0) { $0 + $1.byteCount } } }

    /// A block of at least so many bytes, one of `byteCounts`; nil if there is no memory.
    func take(_ byteCount: Int) -> Block? {
        let size = Self.blockByteCount(for: byteCount)
        let (block, all) = sizes.withLock { sizes in
            let block = Self.take(from: &sizes[size, default: Size()])
            return (block, sizes[size, default: Size()].byteCount)
        }
        if let block { return block }
        // Outside of the lock: it takes the system a while.
        let limits = Self.slabByteCounts
        let slabByteCount = LargePages.rounded(min(max(all / 4, limits.lowerBound), limits.upperBound))
        guard let slab = Slab(byteCount: slabByteCount, blockByteCount: size) else { return nil }
        return sizes.withLock { sizes in
            sizes[size, default: Size()].byteCount += slab.memory.byteCount
            Self.add(slab, to: &sizes[size, default: Size()])
            return Self.take(from: &sizes[size, default: Size()])
        }
    }

    /// Takes a block back; a slab that nobody uses goes with the last one who names it, and so not under the lock.
    func recycle(_ block: Block) {
        let slab = block.slab
        sizes.withLock { sizes in
            slab.free.append(block.number)
            if slab.place < 0 {
                Self.add(slab, to: &sizes[slab.blockByteCount, default: Size()])
            } else if slab.free.count == slab.blockCount, sizes[slab.blockByteCount, default: Size()].open.count > 1 {
                Self.remove(slab, from: &sizes[slab.blockByteCount, default: Size()])
                sizes[slab.blockByteCount, default: Size()].byteCount -= slab.memory.byteCount
            }
        }
    }

    /// A fifth of it at most is more than was asked for: four sizes between one power of two and the next.
    private static func blockByteCount(for byteCount: Int) -> Int {
        let step = max(64, (1 << (Int.bitWidth - 1 - byteCount.leadingZeroBitCount)) / 4)
        return (byteCount + step - 1) / step * step
    }

    private static func take(from size: inout Size) -> Block? {
        guard let slab = size.open.last, let number = slab.free.popLast() else { return nil }
        if slab.free.isEmpty { remove(slab, from: &size) }
        return Block(slab: slab, number: number)
    }

    private static func add(_ slab: Slab, to size: inout Size) {
        slab.place = size.open.count
        size.open.append(slab)
    }

    private static func remove(_ slab: Slab, from size: inout Size) {
        let last = size.open.removeLast()
        if last !== slab {
            size.open[slab.place] = last
            last.place = slab.place
        }
        slab.place = -1
    }
}
