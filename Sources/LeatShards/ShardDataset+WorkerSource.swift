public import LeatPipeline

extension ShardDataset: WorkerSource {
    /// What a worker process needs to read the same batches.
    public struct Configuration: Codable, Sendable, Hashable {
        /// The folder, from the root.
        public var path: String
        /// The hash of the index: a worker that finds another dataset in the folder refuses it.
        public var fingerprint: String
        /// The number of samples in a batch.
        public var batchSize: Int
        /// The column of the inputs.
        public var inputs: String
        /// The column of the targets.
        public var targets: String?
        /// The column of the sample weights.
        public var sampleWeights: String?
        /// In which order samples come.
        public var shuffle: ShardShuffle
        /// What the order depends on, besides the epoch.
        public var seed: UInt64
        /// Whether a last, smaller batch is left out.
        public var dropRemainder: Bool
        /// The bytes of unpacked shards that are kept, in each process.
        public var memoryBudget: Int
        /// How shards are verified when they are first used.
        public var verification: ShardVerification
    }

    /// `leat.shards`.
    public static var workerName: String { "leat.shards" }

    /// Opens the dataset that the configuration describes.
    ///
    /// - Throws: `ShardError` as for a path, and if the dataset there is another one.
    public init(configuration: Configuration) async throws {
        let folder = configuration.path
        let index = try await OwnThread.run { () throws(ShardError) in
            do { return try ShardIndex(folder: folder) } catch let error as ShardError { throw error } catch {
                throw ShardError(.badIndex, folder, "\(error)")
            }
        }
        guard index.fingerprint == configuration.fingerprint else {
            throw ShardError(.badIndex, folder, "holds another dataset than when it was first opened.")
        }
        try self.init(index: index, configuration: configuration)
    }

    /// The number of batches in an epoch.
    public var count: Int {
        let (whole, rest) = sampleCount.quotientAndRemainder(dividingBy: configuration.batchSize)
        return whole + (rest > 0 && !configuration.dropRemainder ? 1 : 0)
    }

    /// The batch with the given number, in the order of epoch 0.
    ///
    /// - Throws: `ShardError` as `batch(at:epoch:)` does.
    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    /// The batch with the given number in the order of an epoch.
    ///
    /// - Throws: `ShardError` if there is no such batch, a shard is damaged, or the samples don't fit together.
    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        guard 0..<count ~= index else {
            throw ShardError(
                .outOfRange, configuration.path, "has \(count) batches and none with the number \(index).")
        }
        let begin = index * configuration.batchSize
        let end = min(begin + configuration.batchSize, sampleCount)
        let rows = try await samples.rows(order(epoch: epoch).samples(at: begin..<end))
        return Batch(
            try rows.tensor(of: configuration.inputs),
            try configuration.targets.map { try rows.tensor(of: $0) },
            sampleWeights: try configuration.sampleWeights.map { try rows.tensor(of: $0) })
    }
}

extension ShardIndex {
    /// A hash of everything that the index says.
    public var fingerprint: String {
        var text = json
        return text.withUTF8 { ShardHash.xxh64.digest(of: UnsafeRawBufferPointer($0)) }
    }
}
