/// Batches that another program makes in worker processes: Python, for one.
///
/// ```swift
/// let source = ProgramBatches(Settings(folder: "train/"), count: 500)
/// try await trainer.fitGenerator(
///     source, workers: 4, useMultiprocessing: true, launch: .program(path: "/usr/bin/python3", arguments: ["source.py"]))
/// ```
///
/// The program must speak the worker protocol, as `Examples/PythonWorker/leat_worker.py` does for Python. It is sent the
/// settings as JSON, and must give as many batches as is said here.
public struct ProgramBatches<Settings: Codable & Sendable>: WorkerSource {
    /// What the program is told.
    public let configuration: Settings
    /// The number of batches in an epoch.
    public let count: Int

    /// `leat.program`.
    public static var workerName: String { ForeignProgram.sourceName }

    /// As many batches of a program that is told the settings.
    public init(_ settings: Settings, count: Int) {
        configuration = settings
        self.count = count
    }

    /// Throws: this program is not the one that makes the batches.
    ///
    /// - Throws: `PipelineError`, always.
    public init(configuration: Settings) async throws { throw Self.notHere }

    /// Throws: batches are made in worker processes only.
    ///
    /// - Throws: `PipelineError`, always.
    public func batch(at index: Int) async throws -> Batch { throw Self.notHere }

    static var notHere: PipelineError {
        PipelineError(
            .invalidSetting,
            "ProgramBatches are made by another program only: use one worker or more, useMultiprocessing: true, and "
                + "launch: .program(path:arguments:).")
    }
}

/// A program that speaks the worker protocol by itself.
enum ForeignProgram {
    /// The name under which it is asked for its source.
    static let sourceName = "leat.program"

    /// What its author can do about one that is no worker.
    static let advice =
        "A program that makes ProgramBatches speaks the worker protocol (docs/worker-protocol.md); for Python, "
        + "Examples/PythonWorker/leat_worker.py has it ready. What went wrong in it is on its standard error."
}

/// A source whose batches no program of ours can make.
protocol ForeignSource: WorkerSource {
    /// What is wrong where this program, or a copy of it, is to make the batches.
    static var notHere: PipelineError { get }
}

extension ProgramBatches: ForeignSource {}
