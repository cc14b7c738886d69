public import LeatPipeline

extension ShardDataset: WorkerSource {
    /// What a worker process needs to read the same batches.
    public struct Configuration: Codable, Sendable, Hashable {
        /// A dataset in a folder.
        public struct Stream: Codable, Sendable, Hashable {
            /// The folder, from the root.
            public var path: String
            /// The hash of the index: a worker that finds another dataset in the folder refuses it.
            public var fingerprint: String
            /// How many of its samples an epoch takes.
            public var share: MixShare
        }

        /// The datasets that are read as one.
        public var streams: [Stream]
        /// The samples of an epoch, where the streams' proportions are of another number than their samples.
        public var epochSize: Int?
        /// The number of samples in a batch, those of all ranks together.
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
        /// Whether a last, smaller batch is filled up.
        public var padRemainder: Bool
        /// Which part of each batch is read.
        public var rank: Rank
        /// The bytes of unpacked shards that are kept, by all processes together where they can share them.
        public var memoryBudget: Int
        /// How shards are verified when they are first used.
        public var verification: ShardVerification

        /// The folder, or the folders, as errors name them.
        var path: String { streams.map(\.path).joined(separator: ", ") }
    }

    /// `leat.shards`.
    public static var workerName: String { "leat.shards" }

    /// Opens the dataset that the configuration describes.
    ///
    /// - Throws: `ShardError` as for a path, and if the dataset there is another one.
    public init(configuration: Configuration) async throws {
        var indexes: [ShardIndex] = []
        for stream in configuration.streams {
            let (index, isTheSame) = try await OwnThread.run { () throws(ShardError) in
                do {
                    return try ShardIndex.read(folder: stream.path, fingerprint: stream.fingerprint)
                } catch let error as ShardError { throw error } catch {
                    throw ShardError(.badIndex, stream.path, "\(error)")
                }
            }
            guard isTheSame else {
                throw ShardError(.badIndex, stream.path, "holds another dataset than when it was first opened.")
            }
            indexes.append(index)
        }
        try self.init(indexes: indexes, configuration: configuration, shared: WorkerProcess.sharedMemory)
    }

    /// The number of batches in an epoch.
    public var count: Int { plan.count }

    /// What the order depends on: datasets and settings, but not where they lie, nor who reads which part.
    public var stateSettings: [String: StateValue] {
        var settings: [String: StateValue] = [
            "samples": .number(UInt64(sampleCount)), "inputs": .text(configuration.inputs),
            "shuffle": .text(configuration.shuffle.algorithm.rawValue), "seed": .number(configuration.seed),
            "batchSize": .number(UInt64(configuration.batchSize)), "dropRemainder": .flag(configuration.dropRemainder),
            "padRemainder": .flag(configuration.padRemainder),
        ]
        settings["targets"] = configuration.targets.map { .text($0) }
        settings["sampleWeights"] = configuration.sampleWeights.map { .text($0) }
        settings["blockSize"] = configuration.shuffle.blockSize.map { .number(UInt64($0)) }
        settings["canonicalNodes"] = configuration.shuffle.canonicalNodes.map { .number(UInt64($0)) }
        settings["epochSize"] = configuration.epochSize.map { .number(UInt64($0)) }
        for (number, stream) in configuration.streams.enumerated() {
            let name = configuration.streams.count == 1 ? "" : ".\(number)"
            settings["dataset\(name)"] = .text(stream.fingerprint)
            if stream.share != .whole { settings["share\(name)"] = .text(stream.share.description) }
        }
        return settings
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
        let order = order(epoch: epoch)
        let rows = try await samples.rows(order.samples(at: plan.samples(ofBatch: index))) {
            readAhead(from: index, epoch: epoch, order)
        }
        return Batch(
            try rows.tensor(of: configuration.inputs),
            try configuration.targets.map { try rows.tensor(of: $0) },
            sampleWeights: try configuration.sampleWeights.map { try rows.tensor(of: $0) })
    }
}

extension ShardDataset: SharingSource {
    package var sharedByteCount: Int {
        SharedLayout(byteCounts: index.byteCounts, budget: configuration.memoryBudget).byteCount
    }
}
