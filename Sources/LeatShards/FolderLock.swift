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
    package init(_ folder: String) throws(ShardError) {
        descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ShardError(.unwritable, folder, "can't be opened: \(POSIX.message()).") }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            switch errno {
            case EINTR: continue
            case EWOULDBLOCK:
                throw ShardError(
                    .inUse, folder, "is being written to by somebody else; let them finish, or name another folder.")
            default: return
            }
        }
    }

    deinit {
        // A child that another thread is starting has a copy of the descriptor for a moment, which would keep the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
