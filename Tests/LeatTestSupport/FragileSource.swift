public import LeatPipeline

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A counting source whose worker processes come to grief at a chosen moment of their lives, a few times in all.
public final class FragileSource: WorkerSource {
    /// The moment.
    public enum Phase: String, Codable, Sendable, CaseIterable {
        /// Before the worker has said that it is one; the program sees to that.
        case beforeHello
        /// While the source is opened.
        case opening
        /// While a batch is made.
        case computing
        /// When the first bytes of an answer have been written.
        case writing
        /// When the worker is told that an epoch is over.
        case betweenEpochs
    }

    public struct Configuration: Codable, Sendable {
        public var counting: CountingSource.Configuration
        public var deed: MisbehavingSource.Deed
        public var phase: Phase
        /// The folder for the files that count the deeds.
        public var markers: String
        /// How often the deed is done.
        public var times: Int
    }

    public let configuration: Configuration
    private let source: CountingSource
    private let isInWorker: Bool

    /// Opens the source in a worker.
    public convenience init(configuration: Configuration) async {
        self.init(configuration, isInWorker: true)
        misbehave(.opening)
    }

    private init(_ configuration: Configuration, isInWorker: Bool) {
        self.configuration = configuration
        self.isInWorker = isInWorker
        source = CountingSource(configuration: configuration.counting)
    }

    /// The copy that the program has, to which nothing happens.
    public convenience init(
        count: Int, _ deed: MisbehavingSource.Deed, _ phase: Phase, markers: String, times: Int
    ) {
        let counting = CountingSource.Configuration(count: count, rows: 2, columns: 2, seed: 1)
        self.init(
            Configuration(counting: counting, deed: deed, phase: phase, markers: markers, times: times),
            isInWorker: false)
    }

    public var count: Int { source.count }

    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        // Each time at another batch: three ends over one would be its fault.
        if index % 2 == 1 {
            misbehave(.computing, index / 2)
            misbehave(.writing, index / 2)
        }
        return try await source.batch(at: index, epoch: epoch)
    }

    public func onEpochEnd() async {
        if isInWorker { misbehave(.betweenEpochs) }
        await source.onEpochEnd()
    }

    private func misbehave(_ phase: Phase, _ marker: Int? = nil) {
        guard phase == configuration.phase else { return }
        let all = 0..<configuration.times
        guard Self.isDue(configuration.markers, marker.map { all.clamped(to: $0..<$0 + 1) } ?? all) else { return }
        if phase == .writing { MisbehavingSource.Deed.beginFrame() }
        configuration.deed.perform()
    }

    /// Does a deed that has not been done often enough yet.
    public static func misbehave(_ deed: MisbehavingSource.Deed, markers: String, times: Int) {
        if isDue(markers, 0..<times) { deed.perform() }
    }

    /// Whether one of the files was not there; it is now.
    private static func isDue(_ folder: String, _ markers: Range<Int>) -> Bool {
        markers.contains { marker in
            let descriptor = open("\(folder)/\(marker)", O_CREAT | O_EXCL | O_WRONLY, 0o600)
            if descriptor >= 0 { close(descriptor) }
            return descriptor >= 0
        }
    }
}
