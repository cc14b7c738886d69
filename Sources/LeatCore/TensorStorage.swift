/// One block of memory, given back when the last tensor that views it is gone: a pool's, or somebody else's.
///
/// Sendable because a tensor writes only to storage that it alone refers to (copy on write).
final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    private let owner: Owner

    private enum Owner {
        case pool(BufferPool)
        /// Keeps the memory as long as it lives.
        case other(any Sendable & AnyObject)
    }

    init(byteCount: Int, pool: BufferPool = .shared) {
        self.base = pool.allocate(byteCount)
        self.byteCount = byteCount
        owner = .pool(pool)
    }

    init(viewing bytes: UnsafeMutableRawBufferPointer, of owner: any Sendable & AnyObject) {
        base = bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: BufferPool.alignment).unsafelyUnwrapped
        byteCount = bytes.count
        self.owner = .other(owner)
    }

    /// Whether it is a pool's.
    var isPooled: Bool { if case .pool = owner { true } else { false } }

    deinit { if case .pool(let pool) = owner { pool.recycle(base, byteCount: byteCount) } }
}
