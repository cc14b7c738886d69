import LeatCore
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The side of a worker process: a program that is asked to be a worker serves batches instead of doing its work.
public enum WorkerProcess {
    /// Serves batches of the given sources if this process was started as a worker; returns at once if not.
    ///
    /// To be called first thing in a program's `main`:
    ///
    /// ```swift
    /// await WorkerProcess.serveIfRequested(ShardDataset.self)
    /// ```
    ///
    /// A worker never returns from the call: it serves until the program that started it closes the connection or
    /// ends, and then ends too, whatever it is doing. In a worker, standard output goes to standard error, so that
    /// printing does no harm, and standard input is empty.
    public static func serveIfRequested(_ sources: any WorkerSource.Type...) async {
        guard getenv(variable) != nil else { return }
        unsetenv(variable)
        serving.store(true, ordering: .relaxed)
        // A reader that is gone shows in write's result; the signal would end us without a word.
        signal(SIGPIPE, SIG_IGN)
        inherited.withLock { $0 = SharedMemory(inherited: ()) }
        let rooms = BatchMemory.inherited()
        guard let channel = takeStandardStreams() else { exit(70) }
        await WorkerServer(sources, channel, rooms).run()
        exit(0)
    }

    /// The environment variable that makes a program a worker; its value is the version of the protocol.
    static let variable = "LEAT_WORKER"

    private static let serving = Atomic(false)

    private static let inherited = Lock<SharedMemory?>(nil)

    /// The memory that this worker shares with its siblings, if its source asked for some and there was some.
    package static var sharedMemory: SharedMemory? { inherited.withLock { $0 } }

    /// Whether this process serves as a worker.
    package static var isServing: Bool { serving.load(ordering: .relaxed) }

    /// Whether this process was started as a worker, be it one that serves or one that forgot to.
    static var isWorker: Bool { isServing || getenv(variable) != nil }

    /// The path under which this program can be started again.
    package static var thisProgram: String {
        #if os(Linux)
            // Resolved in the child, this is the file we run from, also when it was replaced or deleted since.
            return "/proc/self/exe"
        #else
            return CommandLine.arguments.first ?? ""
        #endif
    }

    /// What the author of a program can do about a worker that is none.
    static func advice(for source: String) -> String {
        if source == ForeignProgram.sourceName { return ForeignProgram.advice }
        return "Call `await WorkerProcess.serveIfRequested(\(source).self)` first thing in the program's main, "
            + "before anything is printed, or name another program by `launch: .program(path:arguments:)`."
    }

    /// A program that was started as a worker is none.
    static func noHello(_ order: WorkerOrder, _ what: String) -> PipelineError {
        PipelineError(
            .workerDidNotStart,
            "The program \(order.arguments.first ?? order.path) was started as a worker and \(what); it did not say that "
                + "it is one. "
                + advice(for: order.sourceName == ForeignProgram.sourceName ? order.sourceName : order.sourceType))
    }

    /// Moves the connection away from where user code reads and prints.
    private static func takeStandardStreams() -> FrameChannel? {
        let input = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        let output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        guard input >= 0, output >= 0, nothing >= 0, dup2(nothing, STDIN_FILENO) >= 0,
            dup2(STDERR_FILENO, STDOUT_FILENO) >= 0
        else { return nil }
        close(nothing)
        return FrameChannel(input: input, output: output)
    }
}
