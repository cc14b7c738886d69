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
    /// The size of the mapping; nil for a small block from the allocator.
    private let mappedByteCount: Int?
    /// The bytes in use, at most those asked for.
    var byteCount: Int

    /// From here on blocks are mapped: the allocator would keep freed ones for the thread that asked for them.
    private static let smallestMapping = 1 << 20

    /// A block with undefined content; untouched pages of a large block cost nothing.
    init(byteCount: Int) throws(Malformed) {
        let mapped = byteCount >= Self.smallestMapping
        let base = mapped ? Self.map(byteCount) : malloc(max(byteCount, 1))
        guard let base else { throw Malformed("more than the memory there is") }
        self.base = base
        self.byteCount = byteCount
        mappedByteCount = mapped ? byteCount : nil
    }

    private static func map(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        let base = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
        guard base != MAP_FAILED else { return nil }
        #if os(Linux)
            // Fewer and larger pages: filling a shard touches each of them for the first time.
            madvise(base, byteCount, MADV_HUGEPAGE)
        #endif
        return base
    }

    deinit {
        if let mappedByteCount { munmap(base, mappedByteCount) } else { free(base) }
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
