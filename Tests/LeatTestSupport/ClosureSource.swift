public import LeatPipeline

/// Numbered batches from a closure; can't go to another process.
public struct ClosureSource: BatchSequence {
    public let count: Int
    private let make: @Sendable (Int, Int) async throws -> Batch
    private let end: @Sendable () async -> Void

    public init(
        count: Int, onEpochEnd end: @escaping @Sendable () async -> Void = {},
        _ make: @escaping @Sendable (_ index: Int, _ epoch: Int) async throws -> Batch
    ) {
        self.count = count
        self.make = make
        self.end = end
    }

    public func batch(at index: Int) async throws -> Batch { try await make(index, 0) }

    public func batch(at index: Int, epoch: Int) async throws -> Batch { try await make(index, epoch) }

    public func onEpochEnd() async { await end() }
}

/// What a source that is told to fail throws.
public struct PlannedFailure: Error, Hashable, CustomStringConvertible {
    public let index: Int

    public init(index: Int) { self.index = index }

    public var description: String { "Batch \(index) fails as planned." }
}
