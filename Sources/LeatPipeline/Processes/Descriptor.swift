#if canImport(Darwin)
    import Darwin
    import System
#else
    import Glibc
    import SystemPackage
#endif

/// A file descriptor that is closed with its owner.
struct Descriptor: ~Copyable {
    let raw: Int32

    init(_ raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// Makes reads and writes return EAGAIN instead of waiting.
    borrowing func setNonblocking() { _ = fcntl(raw, F_SETFL, fcntl(raw, F_GETFL) | O_NONBLOCK) }
}

/// A pipe whose ends other processes don't inherit unless they are given to them.
struct Pipe: ~Copyable {
    let readEnd: Descriptor
    let writeEnd: Descriptor

    /// - Throws: `PipelineError` if the process or the system has no descriptors left.
    init() throws(PipelineError) {
        do {
            #if canImport(Darwin)
                // Spawning closes what is not given (POSIX_SPAWN_CLOEXEC_DEFAULT).
                let (readEnd, writeEnd) = try FileDescriptor.pipe()
            #else
                // At once and not by a second call: another thread may be starting a process right now, and a worker
                // that holds the pipe of another one would keep it open beyond the other's end.
                let (readEnd, writeEnd) = try FileDescriptor.pipe(options: .closeOnExec)
            #endif
            self.readEnd = Descriptor(readEnd.rawValue)
            self.writeEnd = Descriptor(writeEnd.rawValue)
        } catch {
            throw PipelineError(
                .systemResource, "No pipe to a worker process could be made: \(POSIX.message(error.rawValue)).")
        }
    }

    /// Keeps one end and closes the other.
    consuming func takeReadEnd() -> Descriptor { readEnd }

    /// Keeps one end and closes the other.
    consuming func takeWriteEnd() -> Descriptor { writeEnd }

    /// Asks for room for whole batches, so that a worker needn't wait for its reader; less will do as well.
    borrowing func enlarge() {
        #if os(Linux)
            let setPipeSize: Int32 = 1031  // F_SETPIPE_SZ, which Glibc's module hides.
            _ = fcntl(writeEnd.raw, setPipeSize, 1 << 20)
        #endif
    }
}

/// Wakes a thread that waits in `poll`.
final class Doorbell: Sendable {
    private let pipe: Pipe

    init() throws(PipelineError) {
        pipe = try Pipe()
        pipe.readEnd.setNonblocking()
        pipe.writeEnd.setNonblocking()
    }

    /// Readable after a ring.
    var descriptor: Int32 { pipe.readEnd.raw }

    /// Wakes the waiting thread, now or when it next waits.
    func ring() {
        // A full pipe rings already.
        var byte: UInt8 = 0
        _ = write(pipe.writeEnd.raw, &byte, 1)
    }

    /// Forgets all rings so far.
    func silence() {
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { bytes in
            while read(pipe.readEnd.raw, bytes.baseAddress, bytes.count) > 0 {}
        }
    }
}
