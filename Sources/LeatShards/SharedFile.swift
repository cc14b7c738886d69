import LeatPipeline

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of memory that processes share: its parts are mapped, and locks by number are held on it by processes.
///
/// The locks are POSIX': a process holds one or doesn't, whichever of its threads asked, and loses all when it ends.
final class SharedFile: Sendable {
    enum LockKind { case shared, exclusive }

    enum LockResult { case taken, busy, failed }

    private let memory: SharedMemory

    init(_ memory: SharedMemory) { self.memory = memory }

    var byteCount: Int { memory.byteCount }

    /// Takes a lock, or turns one that is held into one of this kind.
    func lock(_ number: Int, _ kind: LockKind, waits: Bool) -> LockResult {
        var lock = Self.lock(number, Int32(kind == .shared ? F_RDLCK : F_WRLCK))
        while true {
            if fcntl(memory.descriptor, waits ? F_SETLKW : F_SETLK, &lock) == 0 { return .taken }
            switch errno {
            case EINTR: continue
            case EAGAIN, EACCES: return .busy
            default: return .failed
            }
        }
    }

    func unlock(_ number: Int) {
        var lock = Self.lock(number, Int32(F_UNLCK))
        _ = fcntl(memory.descriptor, F_SETLK, &lock)
    }

    private static func lock(_ number: Int, _ kind: Int32) -> flock {
        var lock = flock()
        lock.l_type = Int16(kind)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(number)
        lock.l_len = 1
        return lock
    }

    /// Writes a part; false if there is not enough memory.
    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) -> Bool { memory.write(bytes, at: position) }

    /// Maps a part.
    func map(_ position: Int, _ byteCount: Int, writable: Bool) -> UnsafeMutableRawPointer? {
        memory.map(position, byteCount, writable: writable)
    }

    /// Puts memory behind a part that is mapped for writing; false if that is not possible.
    func back(_ base: UnsafeMutableRawPointer, at position: Int, _ byteCount: Int) -> Bool {
        memory.back(base, at: position, byteCount)
    }

    /// Puts memory behind a part, so that it can be written through a mapping; false if there is not enough.
    func reserve(_ position: Int, _ byteCount: Int) -> Bool { memory.reserve(position, byteCount) }

    /// Lets a mapped part be read only from now on.
    func endWriting(_ base: UnsafeMutableRawPointer, _ byteCount: Int) { mprotect(base, byteCount, PROT_READ) }

    func unmap(_ base: UnsafeMutableRawPointer, _ byteCount: Int) { munmap(base, byteCount) }
}
