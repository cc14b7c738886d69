import LeatPipeline

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Says that a folder is being written to: held by one at a time, in this process or another, and gone with its holder
/// however that ends.
///
/// It leaves no file behind. A file system that has no such locks gives none, and is written to without.
package final class FolderLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock of a folder that is there.
    ///
    /// - Throws: `ShardError` if somebody else holds it, or the folder can't be opened.
    package convenience init(_ folder: String) throws(ShardError) { try self.init(folder, whenOpened: {}) }

    /// The same, and calls `whenOpened` each time the folder is open and not locked yet.
    init(_ folder: String, whenOpened: () -> Void) throws(ShardError) {
        // Where the system never gives a folder the same number twice, there is no end to it.
        for _ in 0..<100 {
            let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard descriptor >= 0 else {
                throw ShardError(.unwritable, folder, "can't be opened: \(POSIX.message()).")
            }
            whenOpened()
            if try Self.lock(descriptor, folder) {
                self.descriptor = descriptor
                return
            }
        }
        throw ShardError(.inUse, folder, "is removed and made again by somebody else all the time; nothing is written.")
    }

    /// Locks an open folder; closes it and returns false if another one is at its path by now.
    ///
    /// Whoever made the folder and gave up may have taken it away, and another one made it again: both would hold a lock,
    /// each of a folder of its own.
    private static func lock(_ descriptor: Int32, _ folder: String) throws(ShardError) -> Bool {
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK:
                close(descriptor)
                throw ShardError(
                    .inUse, folder, "is being written to by somebody else; let them finish, or name another folder.")
            default: return true
            }
        }
        var (held, named) = (stat(), stat())
        let isThere = fstat(descriptor, &held) == 0 && stat(folder, &named) == 0
        if isThere, held.st_dev == named.st_dev, held.st_ino == named.st_ino { return true }
        flock(descriptor, LOCK_UN)
        close(descriptor)
        return false
    }

    deinit {
        // A child that another thread is starting has a copy of the descriptor for a moment, which would keep the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
