#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Memory without a name that a program shares with its worker processes, for sources that make use of it.
///
/// It lasts as long as one of them: nothing is left behind, however they end.
package final class SharedMemory: Sendable {
    /// Where a worker finds its descriptor.
    static let inheritedDescriptor: Int32 = 3
    /// The environment variable that tells a worker's program that it has been given shared memory.
    static let variable = "LEAT_WORKER_MEMORY"

    /// The descriptor, to be mapped and locked, and not to be closed.
    package let descriptor: Int32
    /// The size in bytes.
    package let byteCount: Int

    /// So many bytes, all 0, of which none takes memory before it is used; nil if the system has no such memory.
    init?(byteCount: Int) {
        #if os(Linux)
            // Glibc's module hides memfd_create; musl has it, too.
            typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
            guard let address = dlsym(nil, "memfd_create") else { return nil }
            let closeOnExec: UInt32 = 1
            let descriptor = unsafeBitCast(address, to: Create.self)("leat-workers", closeOnExec)
            guard descriptor >= 0 else { return nil }
            self.descriptor = descriptor
            self.byteCount = byteCount
            guard ftruncate(descriptor, off_t(byteCount)) == 0 else { return nil }
        #else
            return nil
        #endif
    }

    /// What this worker was given by the program that started it; nil if that is nothing.
    init?(inherited: Void) {
        guard getenv(Self.variable) != nil else { return nil }
        unsetenv(Self.variable)
        let descriptor = fcntl(Self.inheritedDescriptor, F_DUPFD_CLOEXEC, Self.inheritedDescriptor + 1)
        guard descriptor >= 0 else { return nil }
        close(Self.inheritedDescriptor)
        var status = stat()
        self.descriptor = descriptor
        byteCount = fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    deinit { close(descriptor) }
}

/// A source whose copies in worker processes share memory.
package protocol SharingSource: WorkerSource {
    /// The bytes that all copies together want.
    var sharedByteCount: Int { get }
}
