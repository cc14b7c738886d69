import LeatCore
public import LeatPipeline

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A counting source whose worker processes come to grief at one batch.
public final class MisbehavingSource: WorkerSource {
    /// What a worker does instead of making the batch.
    public enum Deed: String, Codable, Sendable, CaseIterable {
        /// Ends as if killed from outside.
        case killItself
        /// Ends as if all were well.
        case exitZero
        case exitSeven
        /// Crashes as Swift programs do.
        case trap
        /// Crashes as C programs do.
        case segfault
        /// Writes the beginning of a frame, and ends as if all were well.
        case cutFrame
        /// Writes what is no frame into the connection.
        case garble
        /// Closes the connection and lives on.
        case closePipe
        /// Throws an error.
        case fail
        /// Never comes to an end, and sees no cancellation.
        case hang
        /// Stops, as with Ctrl-Z: does not even notice that its program has gone.
        case stop
        /// Gives a batch with more axes than a frame allows.
        case manyAxes
        /// Gives a batch with more axes than a frame can count.
        case absurdlyManyAxes
    }

    public struct Configuration: Codable, Sendable {
        public var counting: CountingSource.Configuration
        public var deed: Deed
        public var index: Int
        /// A file that marks the deed as done, so that it is done once; without one it is done every time.
        public var markerPath: String?
    }

    public let configuration: Configuration
    private let source: CountingSource

    public init(configuration: Configuration) {
        self.configuration = configuration
        source = CountingSource(configuration: configuration.counting)
    }

    public convenience init(
        count: Int, _ deed: Deed, at index: Int, markerPath: String? = nil, rows: Int = 3, columns: Int = 5
    ) {
        let counting = CountingSource.Configuration(count: count, rows: rows, columns: columns, seed: 42)
        self.init(
            configuration: Configuration(counting: counting, deed: deed, index: index, markerPath: markerPath))
    }

    public var count: Int { source.count }

    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        if index == configuration.index, isDue, let batch = try misbehave() { return batch }
        return try await source.batch(at: index, epoch: epoch)
    }

    public func onEpochEnd() async { await source.onEpochEnd() }

    private var isDue: Bool {
        guard let markerPath = configuration.markerPath else { return true }
        let descriptor = open(markerPath, O_CREAT | O_EXCL | O_WRONLY, 0o600)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    /// Does the deed; the batch, if that is the deed.
    private func misbehave() throws -> Batch? {
        switch configuration.deed {
        case .fail: throw PlannedFailure(index: configuration.index)
        case .manyAxes: return Batch(Tensor(zeros: Shape(Array(repeating: 1, count: 40))))
        case .absurdlyManyAxes: return Batch(Tensor(zeros: Shape(Array(repeating: 1, count: 300))))
        default:
            configuration.deed.perform()
            return nil
        }
    }
}

extension MisbehavingSource.Deed {
    /// Does what a worker does with its process and its connection.
    public func perform() {
        switch self {
        case .killItself: kill(getpid(), SIGKILL)
        case .exitZero: exit(0)
        case .exitSeven: exit(7)
        case .trap: preconditionFailure("A worker that crashes as planned.")
        case .segfault: kill(getpid(), SIGSEGV)
        case .garble: Self.write(Array("this is no frame at all, but long enough to be read as one".utf8))
        case .cutFrame:
            Self.beginFrame()
            _exit(0)
        case .closePipe:
            for descriptor in Self.connections { close(descriptor) }
        case .hang: while true { pause() }
        // Again and again: the system itself wakes stopped processes whose group is left without a parent.
        case .stop: while true { kill(getpid(), SIGSTOP) }
        case .fail, .manyAxes, .absurdlyManyAxes: break
        }
    }

    /// Writes the first bytes of a batch's frame.
    public static func beginFrame() { write(Array("LEAT".utf8) + [6, 0, 0, 0, 60, 0]) }

    private static func write(_ bytes: [UInt8]) {
        for descriptor in connections {
            #if canImport(Darwin)
                _ = Darwin.write(descriptor, bytes, bytes.count)
            #else
                _ = Glibc.write(descriptor, bytes, bytes.count)
            #endif
        }
    }

    /// The pipes that can be written to, which user code has no business with.
    private static var connections: [Int32] {
        (1..<64).filter { descriptor in
            var status = stat()
            return descriptor != STDERR_FILENO && fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO
                && fcntl(descriptor, F_GETFL) & O_ACCMODE == O_WRONLY
        }
    }
}

/// A source that workers can't open.
public struct UnopenableSource: WorkerSource {
    public let configuration: String

    public init(configuration: String) async throws { throw PlannedFailure(index: -1) }

    /// The copy that the program has.
    public init() { configuration = "closed" }

    public var count: Int { 3 }

    public func batch(at index: Int) async throws -> Batch { throw PlannedFailure(index: index) }
}

/// A source that no program serves.
public struct UnservedSource: WorkerSource {
    public let configuration: Int

    public init(configuration: Int) { self.configuration = configuration }

    public var count: Int { 3 }

    public func batch(at index: Int) async throws -> Batch { throw PlannedFailure(index: index) }
}
