#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Another process that we started and shall reap; used by one thread.
///
/// Spawned directly and not by swift-subprocess: a worker's life (spawn, frames, end, reaping) is one blocking loop on
/// one thread that owns both pipe ends, so there is nothing for an asynchronous monitor to do, no closure to keep
/// alive, and no shared background thread that starts workers one after the other and outlives them.
struct ChildProcess: ~Copyable {
    let identifier: pid_t

    /// Starts a program with the given descriptors as its standard input and output; it shares standard error, and memory
    /// if there is some: with its siblings, and for batches.
    ///
    /// The arguments are all there are, the program's own name first.
    ///
    /// - Throws: `PipelineError` if the program can't be started.
    init(
        path: String, arguments: [String], environment: [String: String], input: borrowing Descriptor,
        output: borrowing Descriptor, shared: SharedMemory? = nil, batches: SharedMemory? = nil
    ) throws(PipelineError) {
        var actions = Actions()
        var attributes = Attributes()
        actions.give(input.raw, as: STDIN_FILENO)
        actions.give(output.raw, as: STDOUT_FILENO)
        var next = STDERR_FILENO + 1
        var variables = environment.map { "\($0.key)=\($0.value)" }
        if let shared {
            actions.give(shared.descriptor, as: SharedMemory.inheritedDescriptor)
            next = SharedMemory.inheritedDescriptor + 1
        }
        if let batches {
            actions.give(batches.descriptor, as: next)
            variables.append("\(BatchMemory.variable)=\(next)")
            next += 1
        }
        actions.closeOthers(from: next)
        var identifier = pid_t()
        let code = withCStrings(arguments) { arguments in
            withCStrings(variables) { variables in
                posix_spawn(&identifier, path, &actions.raw, &attributes.raw, arguments, variables)
            }
        }
        guard code == 0 else {
            throw PipelineError(
                .workerDidNotStart, "The worker program \(path) can't be started: \(POSIX.message(code)).")
        }
        self.identifier = identifier
    }

    /// Ends the process, whatever it is doing; harmless if it has ended already.
    borrowing func kill() { _ = Self.send(SIGKILL, to: identifier) }

    /// Waits until the process has ended and says how; to be called once.
    ///
    /// A signal that interrupts the wait is told of, and the wait goes on.
    borrowing func reap(whenInterrupted tell: () -> Void = {}) -> ChildStatus {
        var status: Int32 = 0
        while waitpid(identifier, &status, 0) == -1, errno == EINTR { tell() }
        return ChildStatus(status)
    }

    private static func send(_ signal: Int32, to process: pid_t) -> Int32 {
        #if canImport(Darwin)
            Darwin.kill(process, signal)
        #else
            Glibc.kill(process, signal)
        #endif
    }
}

/// How a process ended.
enum ChildStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    init(_ status: Int32) {
        let signal = status & 0x7F
        self = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal: signal)
    }

    var description: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .killed(let signal): "was killed by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }
}

/// What happens in the child between its birth and the program's start.
private struct Actions: ~Copyable {
    #if canImport(Darwin)
        var raw: posix_spawn_file_actions_t?
    #else
        var raw = posix_spawn_file_actions_t()
    #endif

    #if os(Linux)
        private typealias CloseFrom =
            @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

        /// Glibc's module hides posix_spawn_file_actions_addclosefrom_np, which is there since 2.34.
        private static let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np")
            .map { unsafeBitCast($0, to: CloseFrom.self) }
    #endif

    init() { posix_spawn_file_actions_init(&raw) }

    deinit {
        var raw = raw
        posix_spawn_file_actions_destroy(&raw)
    }

    mutating func give(_ descriptor: Int32, as target: Int32) {
        posix_spawn_file_actions_adddup2(&raw, descriptor, target)
    }

    /// Closes what the program's other parts forgot to mark; a worker that held a sibling's pipe would keep it open.
    ///
    /// All at once in the child, whatever other threads open meanwhile; Darwin does it by an attribute.
    mutating func closeOthers(from first: Int32) {
        #if os(Linux)
            _ = Self.closeFrom?(&raw, first)
        #endif
    }
}

/// Signals as a program expects them at its start, whatever our thread has done to its own.
private struct Attributes: ~Copyable {
    #if canImport(Darwin)
        var raw: posix_spawnattr_t?
    #else
        var raw = posix_spawnattr_t()
    #endif

    init() {
        posix_spawnattr_init(&raw)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&raw, &none)
        var brokenPipe = sigset_t()
        sigemptyset(&brokenPipe)
        sigaddset(&brokenPipe, SIGPIPE)
        posix_spawnattr_setsigdefault(&raw, &brokenPipe)
        #if canImport(Darwin)
            posix_spawnattr_setflags(
                &raw, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_CLOEXEC_DEFAULT))
        #else
            posix_spawnattr_setflags(&raw, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        #endif
    }

    deinit {
        var raw = raw
        posix_spawnattr_destroy(&raw)
    }
}

/// Calls `body` with a null-terminated array of C strings.
private func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return body(pointers + [nil])
}
