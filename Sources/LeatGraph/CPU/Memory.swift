#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#endif

/// A block of zeroed memory, aligned for the widest vectors and freed with its owner.
final class Memory {
    let base: UnsafeMutableRawPointer
    let byteCount: Int

    /// - Throws: `GraphError` if the system has not that much memory.
    init(byteCount: Int) throws {
        self.byteCount = byteCount
        var memory: UnsafeMutableRawPointer?
        // The system's own function, because Swift's ends the program where there is no memory.
        guard posix_memalign(&memory, 64, max(byteCount, 64)) == 0, let memory else {
            throw GraphError(.outOfMemory, "The system has no \(byteCount) bytes of memory for a model's values.")
        }
        base = memory
        base.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
    }

    deinit { free(base) }
}

/// Where dropout reads its key from when a step runs.
struct RandomState {
    let seed: UnsafeMutablePointer<UInt64>
    let step: UnsafeMutablePointer<UInt64>
}
