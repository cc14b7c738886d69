import LeatCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#endif

/// A block of zeroed memory, aligned for the widest vectors and freed with its owner.
///
/// Large blocks come straight from the system, which gives zeroed pages when they are first touched: by all kernel
/// threads and not by one in advance, and in pages of 2 MiB where the system has such, which spares faults and
/// translation misses.
final class Memory {
    let base: UnsafeMutableRawPointer
    let byteCount: Int
    private let mapping: UnsafeMutableRawBufferPointer?

    /// - Throws: `GraphError` if the system has not that much memory.
    init(byteCount: Int) throws {
        self.byteCount = byteCount
        guard let (base, mapping) = byteCount < 2 * LargePages.byteCount ? Self.small(byteCount) : Self.large(byteCount)
        else {
            throw GraphError(.outOfMemory, "The system has no \(byteCount) bytes of memory for a model's values.")
        }
        self.base = base
        self.mapping = mapping
    }

    deinit {
        if let mapping { munmap(mapping.baseAddress, mapping.count) } else { free(base) }
    }

    private static func small(_ byteCount: Int) -> (UnsafeMutableRawPointer, UnsafeMutableRawBufferPointer?)? {
        var memory: UnsafeMutableRawPointer?
        // The system's own function, because Swift's ends the program where there is no memory.
        guard posix_memalign(&memory, 64, max(byteCount, 64)) == 0, let memory else { return nil }
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(byteCount, 64))
        return (memory, nil)
    }

    private static func large(_ byteCount: Int) -> (UnsafeMutableRawPointer, UnsafeMutableRawBufferPointer?)? {
        let (length, overflows) = byteCount.addingReportingOverflow(LargePages.byteCount)
        guard !overflows, let start = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            start != MAP_FAILED
        else {
            return nil
        }
        let base = start.alignedUp(toMultipleOf: LargePages.byteCount)
        #if os(Linux)
            _ = madvise(base, byteCount, MADV_HUGEPAGE)
        #endif
        return (base, UnsafeMutableRawBufferPointer(start: start, count: length))
    }
}

/// Where dropout reads its key from when a step runs.
struct RandomState {
    let seed: UnsafeMutablePointer<UInt64>
    let step: UnsafeMutablePointer<UInt64>
}
