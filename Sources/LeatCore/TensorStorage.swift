/// One block of a pool's memory, given back when the last tensor that views it is gone.
///
/// Sendable because a tensor writes only to storage that it alone refers to (copy on write).
final class TensorStorage: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    private let pool: BufferPool

    init(byteCount: Int, pool: BufferPool = .shared) {
        self.base = pool.allocate(byteCount)
        self.byteCount = byteCount
        self.pool = pool
    }

    deinit { pool.recycle(base, byteCount: byteCount) }
}
