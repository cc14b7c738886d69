import Synchronization

/// Keeps freed blocks of memory for reuse, so that a steady stream of batches allocates nothing.
///
/// Blocks are 64-byte aligned and come in powers of two from 4 KiB; smaller requests go straight to the allocator.
/// The pool never holds more than `limit` idle bytes.
public final class BufferPool: Sendable {
    /// The pool that tensors use unless told otherwise.
    public static let shared = BufferPool(limit: 64 << 20)

    /// The alignment of every block, in bytes: a cache line and a vector of AVX-512.
    public static let alignment = 64

    /// The largest number of idle bytes kept.
    public let limit: Int

    private struct State {
        var free: [Int: [UInt]] = [:]
        var idleByteCount = 0
    }

    private let state = Lock(State())

    /// A pool that keeps at most `limit` idle bytes.
    public init(limit: Int) { self.limit = limit }

    deinit {
        state.withLock { state in
            for address in state.free.values.joined() { Self.free(address) }
        }
    }

    /// The bytes that wait for reuse now.
    public var idleByteCount: Int { state.withLock { $0.idleByteCount } }

    /// The size of the block that serves a request for `byteCount` bytes.
    static func capacity(for byteCount: Int) -> Int {
        guard byteCount > 4096 else { return max(byteCount, 1) }
        return 1 << (Int.bitWidth - (byteCount - 1).leadingZeroBitCount)
    }

    /// A block of at least `byteCount` bytes with undefined content.
    func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let capacity = Self.capacity(for: byteCount)
        let reused: UInt? = state.withLock { state in
            guard capacity > 4096, let address = state.free[capacity]?.popLast() else { return nil }
            state.idleByteCount -= capacity
            return address
        }
        if let reused, let pointer = UnsafeMutableRawPointer(bitPattern: reused) { return pointer }
        return .allocate(byteCount: capacity, alignment: Self.alignment)
    }

    /// Takes back a block that `allocate` gave for `byteCount` bytes.
    func recycle(_ pointer: UnsafeMutableRawPointer, byteCount: Int) {
        let capacity = Self.capacity(for: byteCount)
        let address = UInt(bitPattern: pointer)
        let kept = state.withLock { state in
            guard capacity > 4096, state.idleByteCount + capacity <= limit else { return false }
            state.free[capacity, default: []].append(address)
            state.idleByteCount += capacity
            return true
        }
        if !kept { Self.free(address) }
    }

    private static func free(_ address: UInt) {
        UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
}
