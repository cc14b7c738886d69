public import LeatPipeline

/// A counting source of which some batches can't be made.
public struct FlawedSource: WorkerSource {
    public struct Configuration: Codable, Sendable {
        public var counting: CountingSource.Configuration
        public var flaws: Set<Int>
    }

    public let configuration: Configuration
    private let source: CountingSource

    public init(configuration: Configuration) {
        self.configuration = configuration
        source = CountingSource(configuration: configuration.counting)
    }

    public init(count: Int, flaws: Set<Int>) {
        self.init(
            configuration: Configuration(
                counting: CountingSource.Configuration(count: count, rows: 2, columns: 2, seed: 1), flaws: flaws))
    }

    public var count: Int { source.count }

    /// How often the program's own copy was told that an epoch is over.
    public var epochEndCount: Int { source.epochEnds.count }

    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        if configuration.flaws.contains(index) { throw Flaw(index: index) }
        return try await source.batch(at: index, epoch: epoch)
    }

    public func onEpochEnd() async { await source.onEpochEnd() }
}

/// What a `FlawedSource` throws; it blames sample 10 · n + 1 of shard n.
public struct Flaw: LocatedError, CustomStringConvertible {
    public let index: Int

    public init(index: Int) { self.index = index }

    public var faultyFile: String? { "shard \(index)" }
    public var faultySample: Int? { 10 * index + 1 }
    public var description: String { "Batch \(index) is flawed." }

    /// What is to be recorded of it.
    public func fault(epoch: Int, replacement: Int? = nil) -> BatchFault {
        BatchFault(
            epoch: epoch, batch: index, file: faultyFile, sample: faultySample, reason: description,
            replacement: replacement)
    }
}
