import CLeatKernels

/// The threads that run executables; one executable at a time, from one thread at a time.
public final class KernelPool {
    let handle: OpaquePointer

    /// The number of threads, the caller included.
    public var threadCount: Int { Int(leat_pool_threads(handle)) }

    /// A pool of threads; 0 means one for each processor.
    ///
    /// - Throws: `GraphError` if the threads can't be started.
    public init(threads: Int = 0) throws {
        guard let handle = leat_pool_create(Int32(clamping: threads)) else {
            throw GraphError(.outOfMemory, "A pool of \(threads) kernel threads can't be started.")
        }
        self.handle = handle
    }

    deinit { leat_pool_destroy(handle) }
}
