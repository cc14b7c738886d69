/// A block of zeroed memory, aligned for the widest vectors and freed with its owner.
final class Memory {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    init(byteCount: Int) {
        self.byteCount = byteCount
        base = .allocate(byteCount: max(byteCount, 64), alignment: 64)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
    }

    deinit { base.deallocate() }
}

/// Where dropout reads its key from when a step runs.
struct RandomState {
    let seed: UnsafeMutablePointer<UInt64>
    let step: UnsafeMutablePointer<UInt64>
}
