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
    /// The bytes in use, at most those asked for.
    var byteCount: Int

    /// A block with undefined content; untouched pages of a large block cost nothing.
    init(byteCount: Int) throws(Malformed) {
        guard let base = malloc(max(byteCount, 1)) else { throw Malformed("more than the memory there is") }
        self.base = base
        self.byteCount = byteCount
    }

    deinit { free(base) }

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
