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
    private let base: UnsafeMutableRawPointer
    /// The mapping behind a large block; nil for a small one from the allocator.
    private let mapping: ShardMemoryPool.Block?
    private let pool: ShardMemoryPool?
    /// The bytes in use, at most those asked for.
    var byteCount: Int

    /// From here on blocks are mapped: the allocator would keep freed ones for the thread that asked for them.
    private static let smallestMapping = 1 << 20

    /// A block with undefined content; untouched pages of a large block cost nothing.
    ///
    /// - Parameters:
    ///   - byteCount: The size.
    ///   - pool: Where a large block comes from and returns to, if it has one that fits.
    /// - Throws: `Malformed` if there is not that much memory.
    init(byteCount: Int, pool: ShardMemoryPool? = nil) throws(Malformed) {
        let large = byteCount >= Self.smallestMapping
        mapping = large ? pool?.take(byteCount) ?? ShardMemoryPool.Block(byteCount: byteCount) : nil
        guard let base = large ? mapping?.base : malloc(max(byteCount, 1)) else {
            throw Malformed("more than the memory there is")
        }
        self.base = base
        self.byteCount = byteCount
        self.pool = pool
    }

    deinit {
        guard let mapping else { return free(base) }
        if let pool { pool.recycle(mapping) } else { mapping.unmap() }
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
