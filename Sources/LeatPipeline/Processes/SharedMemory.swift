import LeatCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Memory without a name that a program shares with its worker processes, for batches and for sources that make use of it.
///
/// It lasts as long as one of them: nothing is left behind, however they end.
package final class SharedMemory: Sendable {
    /// Where a worker finds the descriptor of what it shares with its siblings.
    static let inheritedDescriptor: Int32 = 3
    /// The environment variable that tells a worker's program that it has been given shared memory.
    static let variable = "LEAT_WORKER_MEMORY"

    /// The descriptor, to be mapped and locked, and not to be closed.
    package let descriptor: Int32
    /// The size in bytes.
    package let byteCount: Int

    /// So many bytes, all 0, of which none takes memory before it is used; nil if the system has no such memory.
    ///
    /// With `canShrink` false nobody can make it smaller, so that what is mapped of it stays there.
    init?(byteCount: Int, canShrink: Bool = true) {
        #if os(Linux)
            // Glibc's module hides memfd_create; musl has it, too.
            typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
            guard let address = dlsym(nil, "memfd_create") else { return nil }
            let (closeOnExec, allowSealing): (UInt32, UInt32) = (1, 2)
            let made = unsafeBitCast(address, to: Create.self)("leat-workers", closeOnExec | allowSealing)
            guard made >= 0 else { return nil }
            // Away from the low numbers that children are given theirs under.
            let descriptor = fcntl(made, F_DUPFD_CLOEXEC, Self.firstDescriptor)
            close(made)
            guard descriptor >= 0 else { return nil }
            self.descriptor = descriptor
            self.byteCount = byteCount
            guard ftruncate(descriptor, off_t(byteCount)) == 0 else { return nil }
            let (addSeals, sealSealAndShrink): (Int32, Int32) = (1033, 1 | 2)
            guard canShrink || fcntl(descriptor, addSeals, sealSealAndShrink) == 0 else { return nil }
        #else
            return nil
        #endif
    }

    /// What this worker was given by the program that started it; nil if that is nothing.
    convenience init?(inherited: Void) {
        guard getenv(Self.variable) != nil else { return nil }
        unsetenv(Self.variable)
        self.init(inherited: Self.inheritedDescriptor)
    }

    /// Takes over a descriptor that this worker was started with; nil if there is none.
    init?(inherited number: Int32) {
        let descriptor = fcntl(number, F_DUPFD_CLOEXEC, Self.firstDescriptor)
        guard descriptor >= 0 else { return nil }
        close(number)
        var status = stat()
        self.descriptor = descriptor
        byteCount = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit { close(descriptor) }

    /// The least number that a descriptor of ours has.
    private static let firstDescriptor: Int32 = 16

    /// Writes a part; false if there is not enough memory.
    package func write(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let count = pwrite(descriptor, base + done, bytes.count - done, off_t(position + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Maps a part; nil if that is not possible.
    ///
    /// A part that begins at a multiple of a large page is mapped at one, too.
    package func map(_ position: Int, _ byteCount: Int, writable: Bool) -> UnsafeMutableRawPointer? {
        let access = writable ? PROT_READ | PROT_WRITE : PROT_READ
        guard byteCount >= LargePages.byteCount else {
            let base = mmap(nil, byteCount, access, MAP_SHARED, descriptor, off_t(position))
            return base == MAP_FAILED ? nil : base
        }
        // The system finds addresses for more than that, and what is around the part is given back, in whole pages.
        let byteCount = LargePages.rounded(byteCount)
        let room = byteCount + LargePages.byteCount
        guard let start = mmap(nil, room, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0), start != MAP_FAILED else {
            return nil
        }
        let base = start.alignedUp(toMultipleOf: LargePages.byteCount)
        guard mmap(base, byteCount, access, MAP_SHARED | MAP_FIXED, descriptor, off_t(position)) != MAP_FAILED else {
            munmap(start, room)
            return nil
        }
        if base > start { munmap(start, base - start) }
        let end = base + byteCount
        if start + room > end { munmap(end, start + room - end) }
        return base
    }

    /// Puts memory behind a part that is mapped for writing, in large pages as far as those are worth it; what was
    /// there before may be lost.
    ///
    /// - Returns: False if there is not enough memory, or the system can't do it (Linux before 6.1): then writing to the
    ///   mapping might end the process.
    package func back(_ base: UnsafeMutableRawPointer, at position: Int, _ byteCount: Int) -> Bool {
        #if os(Linux)
            let large = LargePages.share(of: byteCount)
            guard large > 0 else { return false }
            // Only a page that holds something is turned into a large one.
            for offset in stride(from: 0, to: large, by: LargePages.byteCount) {
                guard withUnsafeBytes(of: UInt8(0), { write($0, at: position + offset) }) else { return false }
            }
            let collapse: Int32 = 25
            guard madvise(base, large, collapse) == 0 else { return false }
            return byteCount <= large || reserve(position + large, byteCount - large)
        #else
            return false
        #endif
    }

    /// Makes it at least so large; false if that is not possible.
    func grow(to byteCount: Int) -> Bool {
        #if os(Linux)
            // Beyond the limit for files a signal would end the process.
            var limit = rlimit()
            guard getrlimit(Int32(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur >= UInt(byteCount) else {
                return false
            }
        #endif
        return ftruncate(descriptor, off_t(byteCount)) == 0
    }

    /// Puts memory behind a part, in small pages; false if there is not enough.
    package func reserve(_ position: Int, _ byteCount: Int) -> Bool {
        #if os(Linux)
            while true {
                let result = posix_fallocate(descriptor, off_t(position), off_t(byteCount))
                if result != EINTR { return result == 0 }
            }
        #else
            return true
        #endif
    }

    /// Gives a mapped part's memory back to the system; it reads as zeros from then on.
    static func discard(_ base: UnsafeMutableRawPointer, _ byteCount: Int) {
        #if os(Linux)
            madvise(base, byteCount, MADV_REMOVE)
        #endif
    }
}

/// A source whose copies in worker processes share memory.
package protocol SharingSource: WorkerSource {
    /// The bytes that all copies together want.
    var sharedByteCount: Int { get }
}
