public import LeatCore
public import LeatPipeline

/// Batches of points of two classes, for a model to learn from in any kind of worker.
public struct PointSource: WorkerSource {
    public struct Configuration: Codable, Sendable {
        public var count: Int
        public var batchSize: Int
    }

    public let configuration: Configuration

    public init(configuration: Configuration) { self.configuration = configuration }

    public init(count: Int, batchSize: Int) {
        self.init(configuration: Configuration(count: count, batchSize: batchSize))
    }

    public var count: Int { configuration.count }

    public func batch(at index: Int) async throws -> Batch {
        let (x, y) = try Self.points(configuration.batchSize, seed: UInt64(index))
        return Batch(x, y)
    }

    /// Points of two clouds in turn, and the number of the cloud.
    public static func points(_ count: Int, seed: UInt64) throws -> (x: Tensor, y: Tensor) {
        var random = PhiloxGenerator(seed: seed)
        var (x, y): ([Float], [UInt8]) = ([], [])
        for label in (0..<count).map({ $0 % 2 }) {
            y.append(UInt8(label))
            for _ in 0..<2 { x.append(Float(random.nextUniform() + (label == 0 ? -0.9 : -0.1))) }
        }
        return (try Tensor(x, shape: [count, 2]), Tensor(y))
    }
}
