/// Which program a worker process runs.
public enum WorkerLaunch: Sendable, Hashable {
    /// This program, started again; its `main` calls `WorkerProcess.serveIfRequested` first thing.
    case thisProgram
    /// Another program that speaks the worker protocol, with its arguments (not counting its own name).
    case program(path: String, arguments: [String] = [])
}
