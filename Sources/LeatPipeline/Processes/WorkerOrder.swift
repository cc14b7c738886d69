#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What every worker of a pool is told.
struct WorkerOrder: Sendable {
    let path: String
    let arguments: [String]
    let environment: [String: String]
    let sourceName: String
    /// The source's type, as its author writes it.
    let sourceType: String
    /// The first frame, which names the source and describes it.
    let open: WorkerMessage
    /// What the workers share beside the pipes, if their source makes use of it.
    var sharedMemory: SharedMemory?
    /// How many batches each worker may have in memory that it shares with us; with 0 all come through the pipe.
    var roomsPerWorker = 0
    /// The number of batches, as a check of the description.
    let count: Int
    /// How long a program may take to say that it is a worker.
    var helloTime = Duration.seconds(30)
    /// How long a worker may take over one batch; nil for as long as it likes.
    var batchTime: Duration?
}

extension WorkerOrder {
    /// What workers of a source with so many batches are told.
    ///
    /// - Throws: `PipelineError` if this process is a worker itself, or the configuration can't be encoded or is too long.
    init<Source: WorkerSource>(
        _ source: Source, count: Int, workers: Int = 1, launch: WorkerLaunch
    ) throws(PipelineError) {
        guard !WorkerProcess.isWorker else {
            throw PipelineError(
                .workerDidNotStart,
                "This process was started as a worker and can't start worker processes of its own. "
                    + WorkerProcess.advice(for: String(describing: type(of: source))))
        }
        let name = type(of: source).workerName
        let configuration: Data
        do { configuration = try JSONEncoder().encode(source.configuration) } catch {
            throw PipelineError(
                .notSendableToProcesses, "The configuration of \(name) can't be written as JSON: \(error)")
        }
        guard name.utf8.count + configuration.count <= FrameLimit.head - 4 else {
            throw PipelineError(
                .notSendableToProcesses,
                "The configuration of \(name) takes \(configuration.count) bytes of JSON; "
                    + "a worker process takes at most \(FrameLimit.head).")
        }
        switch launch {
        case .thisProgram:
            path = WorkerProcess.thisProgram
            // A program that forgot to serve stumbles over the argument, and `ps` shows what the process is.
            arguments = [CommandLine.arguments.first ?? path, "leat-worker"]
        case .program(let path, let arguments):
            self.path = path
            self.arguments = [path] + arguments
        }
        var environment = ProcessInfo.processInfo.environment
        environment[WorkerProcess.variable] = String(WorkerMessage.version)
        environment[SharedMemory.variable] = nil
        environment[BatchMemory.variable] = nil
        // One worker alone has nobody to share with, and a program that can't share does without.
        if workers > 1, let source = source as? any SharingSource, source.sharedByteCount > 0 {
            sharedMemory = SharedMemory(byteCount: source.sharedByteCount)
            environment[SharedMemory.variable] = sharedMemory.map { "\($0.byteCount)" }
        }
        self.environment = environment
        roomsPerWorker = 8
        sourceName = name
        sourceType = String(describing: Source.self)
        open = .open(source: name, configuration: Array(configuration))
        self.count = count
    }
}

extension WorkerServer {
    /// Opens the source that a configuration in JSON describes.
    static func makeSource<Source: WorkerSource>(
        _ type: Source.Type, _ configuration: [UInt8]
    ) async throws -> any BatchSequence {
        let configuration = try JSONDecoder().decode(Source.Configuration.self, from: Data(configuration))
        return try await Source(configuration: configuration)
    }
}
