import CLeatKernels
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Makes oneDNN fail on purpose: a function of ours is called instead of `dnnl_primitive_execute` and passes on every call
/// but one.
enum OneDNNFaults {
    /// dnnl_runtime_error.
    static let status: UInt32 = 5
    fileprivate static let thread = Atomic<UInt>(0)
    fileprivate static let callsBefore = Atomic<Int>(0)

    /// Runs `body` with the call after `calls` others on this thread failing; other threads are left alone.
    static func failing(afterCalls calls: Int, _ body: () -> Void) {
        guard execute != nil else { return }
        callsBefore.store(calls, ordering: .relaxed)
        thread.store(currentThread, ordering: .releasing)
        defer { thread.store(0, ordering: .releasing) }
        body()
    }

    fileprivate static var currentThread: UInt {
        #if canImport(Glibc)
            UInt(pthread_self())
        #else
            UInt(bitPattern: pthread_self())
        #endif
    }

    fileprivate static var failsNow: Bool {
        guard thread.load(ordering: .acquiring) == currentThread else { return false }
        return callsBefore.subtract(1, ordering: .relaxed).oldValue == 0
    }

    fileprivate typealias Execute = @convention(c) (OpaquePointer?, OpaquePointer?, Int32, UnsafeRawPointer?) -> UInt32
    /// The library's own function, which ours takes the place of.
    fileprivate static let execute: Execute? = leat_onednn_replace_execute(
        unsafeBitCast(executeUnlessFailing, to: UnsafeMutableRawPointer.self)
    ).map { unsafeBitCast($0, to: Execute.self) }
}

private let executeUnlessFailing: OneDNNFaults.Execute = { primitive, stream, count, arguments in
    if OneDNNFaults.failsNow { return OneDNNFaults.status }
    return OneDNNFaults.execute?(primitive, stream, count, arguments) ?? OneDNNFaults.status
}
