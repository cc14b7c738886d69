/// A batch sequence that a worker process can open anew from a small description of itself.
///
/// Closures and open files can't be sent to another process; a configuration can. The program hands its sources to
/// `WorkerProcess.serveIfRequested` first thing in `main`, and a worker, which is the same program started again,
/// finds the type by name.
public protocol WorkerSource: BatchSequence {
    /// What a worker needs to know to open the source: paths, batch size, settings.
    associatedtype Configuration: Codable & Sendable

    /// The name under which the source is registered; the same in every run of the program.
    static var workerName: String { get }

    /// The description of this source.
    var configuration: Configuration { get }

    /// Opens the source that the configuration describes.
    init(configuration: Configuration) async throws
}

extension WorkerSource {
    /// The name of the type.
    public static var workerName: String { String(describing: Self.self) }
}
