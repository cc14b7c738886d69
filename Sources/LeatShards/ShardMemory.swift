#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A block of memory that holds a file or what it unpacks to.
///
/// Sendable because a block is filled by the one thread that makes it, and only read afterwards.
final class ShardMemory: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    private let owner: Owner
    /// The bytes in use, at most those asked for.
    var byteCount: Int

    /// Whose memory it is.
    private enum Owner {
        case allocator
        case pool(ShardMemoryPool.Block, ShardMemoryPool?)
        case slabs(ShardMemorySlabs.Block, ShardMemorySlabs)
        case other(release: () -> Void)
    }

    /// From here on blocks are mapped: the allocator would keep freed ones for the thread that asked for them.
    static let smallestMapping = 1 << 20

    /// A block with undefined content; untouched pages of a large block cost nothing.
    ///
    /// - Parameters:
    ///   - byteCount: The size.
    ///   - pool: Where a large block comes from and returns to, if it has one that fits, and a small one.
    /// - Throws: `Malformed` if there is not that much memory.
    init(byteCount: Int, pool: ShardMemoryPool? = nil) throws(Malformed) {
        if byteCount >= Self.smallestMapping {
            guard let block = pool?.take(byteCount) ?? ShardMemoryPool.Block(byteCount: byteCount) else {
                throw Malformed("more than the memory there is")
            }
            base = block.base
            owner = .pool(block, pool)
        } else if let pool, ShardMemorySlabs.byteCounts ~= byteCount {
            guard let block = pool.slabs.take(byteCount) else { throw Malformed("more than the memory there is") }
            base = block.base
            owner = .slabs(block, pool.slabs)
        } else {
            guard let base = malloc(max(byteCount, 1)) else { throw Malformed("more than the memory there is") }
            self.base = base
            owner = .allocator
        }
        self.byteCount = byteCount
    }

    /// Somebody else's memory, who is told when the block is not used any more.
    init(_ base: UnsafeMutableRawPointer, byteCount: Int, release: @escaping () -> Void) {
        self.base = base
        self.byteCount = byteCount
        owner = .other(release: release)
    }

    deinit {
        switch owner {
        case .allocator: free(base)
        case .pool(let block, let pool):
            if let pool { pool.recycle(block) } else { block.unmap() }
        case .slabs(let block, let slabs): slabs.recycle(block)
        case .other(let release): release()
        }
    }

    /// Calls `body` with the bytes in use, to be written only by the one who made the block and before he shares it.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try withExtendedLifetime(self) { () throws(Failure) in
            try body(UnsafeMutableRawBufferPointer(start: base, count: byteCount))
        }
    }

    /// The bytes in use, for who keeps the block as long as he keeps the pointer.
    var unsafeBytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: byteCount) }
}
