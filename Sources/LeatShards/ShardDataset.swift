public import LeatPipeline

/// A dataset of shards, read in batches: MosaicML Streaming's MDS format.
///
/// ```swift
/// let shards = try ShardDataset("train/", batchSize: 128, shuffle: .shards, seed: 7)
/// for try await batch in … // or hand it to fitGenerator
/// ```
///
/// Each batch is a pure function of the files, the settings and the epoch, whoever asks for it and when. Shards are
/// verified and unpacked when they are first needed, each on a thread of its own, and kept while the memory budget
/// lasts; so a dataset of any size is read in bounded memory, and any task may call `batch(at:epoch:)`.
///
/// Columns become tensors with the samples along axis 0: a number gives shape `(n,)`, an array of shape `(28, 28)` gives
/// `(n, 28, 28)`, decimal text (`str_int`, `str_float`, `str_decimal`) gives `int64` or `float64` of shape `(n,)`.
/// Arrays of a batch must have equal shapes. Element types are as written. Text, bytes and images have no tensor; read
/// them with `sample(at:)`.
public struct ShardDataset: Sendable {
    /// The settings that make the batches what they are.
    public let configuration: Configuration
    /// The samples by number, with all their columns.
    public let samples: ShardSamples

    let plan: BatchPlan
    private let orders: EpochOrders
    private let guide: ReadAheadGuide

    /// Opens the dataset in a folder.
    ///
    /// - Parameters:
    ///   - path: The folder with `index.json`.
    ///   - batchSize: The number of samples in a batch, those of all ranks together.
    ///   - inputs: The column of the inputs. By default `x`, or else the only column of arrays.
    ///   - targets: The column of the targets. By default `y` if there is such a column.
    ///   - sampleWeights: The column of the sample weights. By default `sample_weight` if there is such a column.
    ///   - shuffle: In which order samples come; independent of a trainer's shuffling of batches.
    ///   - seed: What the order depends on, besides the epoch.
    ///   - dropRemainder: Whether a last, smaller batch is left out.
    ///   - padRemainder: Whether a last, smaller batch is filled up with the first samples of the epoch.
    ///   - rank: Which part of each batch is read here, where several programs train together.
    ///   - memoryBudget: The bytes of unpacked shards that are kept, by all worker processes together where they can share
    ///     them. Two shards are kept also where they take more, by processes two on top, and any number of shards while a
    ///     batch is made of them.
    ///   - verification: How shards are verified when they are first used.
    /// - Throws: `ShardError` if the index can't be read, a column is missing or can't become a tensor, or a number is out
    ///   of range. The shards themselves are not touched.
    public init(
        _ path: String, batchSize: Int, inputs: String? = nil, targets: String? = nil, sampleWeights: String? = nil,
        shuffle: ShardShuffle = .none, seed: UInt64 = 0, dropRemainder: Bool = false, padRemainder: Bool = false,
        rank: Rank = .only, memoryBudget: Int = 64 << 20, verification: ShardVerification = .recordedHashes
    ) throws {
        try self.init(
            streams: [ShardStream(path)], batchSize: batchSize, inputs: inputs, targets: targets,
            sampleWeights: sampleWeights, shuffle: shuffle, seed: seed, dropRemainder: dropRemainder,
            padRemainder: padRemainder, rank: rank, memoryBudget: memoryBudget, verification: verification)
    }

    /// Opens several datasets as one that mixes their samples, or takes more or less of one than there is.
    ///
    /// As in Streaming, the samples of all datasets are shuffled together; with no shuffle one dataset comes after the
    /// other. All need the same columns.
    ///
    /// - Parameters:
    ///   - streams: The datasets, and how much of each an epoch takes.
    ///   - epochSize: The samples of an epoch, to be divided by the streams' proportions, or by their sizes where they
    ///     have no shares; by default all that there are, or what the streams' repeats and choices amount to.
    ///   - batchSize: The number of samples in a batch, those of all ranks together.
    ///   - inputs: The column of the inputs, as for one dataset.
    ///   - targets: The column of the targets.
    ///   - sampleWeights: The column of the sample weights.
    ///   - shuffle: In which order samples come.
    ///   - seed: What the order depends on, and which samples are taken where not all are.
    ///   - dropRemainder: Whether a last, smaller batch is left out.
    ///   - padRemainder: Whether a last, smaller batch is filled up.
    ///   - rank: Which part of each batch is read here.
    ///   - memoryBudget: The bytes of unpacked shards that are kept, of all datasets together.
    ///   - verification: How shards are verified when they are first used.
    /// - Throws: `ShardError` as for one dataset, and if the shares don't go together.
    public init(
        streams: [ShardStream], epochSize: Int? = nil, batchSize: Int, inputs: String? = nil, targets: String? = nil,
        sampleWeights: String? = nil, shuffle: ShardShuffle = .none, seed: UInt64 = 0, dropRemainder: Bool = false,
        padRemainder: Bool = false, rank: Rank = .only, memoryBudget: Int = 64 << 20,
        verification: ShardVerification = .recordedHashes
    ) throws {
        let opened = try streams.map { stream in
            let folder = ShardFiles.absolute(stream.path)
            return (folder: folder, index: try ShardIndex(folder: folder), share: stream.share)
        }
        let columns = try ChosenColumns(
            opened.first?.index.columns ?? [], inputs: inputs, targets: targets, sampleWeights: sampleWeights,
            folder: opened.first?.folder ?? "")
        try self.init(
            indexes: opened.map(\.index),
            configuration: Configuration(
                streams: opened.map {
                    Configuration.Stream(path: $0.folder, fingerprint: $0.index.fingerprint, share: $0.share)
                },
                epochSize: epochSize, batchSize: batchSize, inputs: columns.inputs, targets: columns.targets,
                sampleWeights: columns.sampleWeights, shuffle: shuffle, seed: seed, dropRemainder: dropRemainder,
                padRemainder: padRemainder, rank: rank, memoryBudget: memoryBudget, verification: verification))
    }

    /// A dataset of the streams' shards as the configuration says.
    init(
        indexes: [ShardIndex], configuration: Configuration, shared: SharedMemory? = nil
    ) throws(ShardError) {
        let (path, shuffle, seed) = (configuration.path, configuration.shuffle, configuration.seed)
        let folders = configuration.streams.map(\.path)
        guard let first = folders.first else { throw ShardError(.outOfRange, path, "No dataset was named.") }
        samples = try ShardSamples(
            folder: folders.count == 1 ? first : "/",
            index: folders.count == 1 ? indexes[0] : .joined(Array(zip(folders, indexes))),
            memoryBudget: configuration.memoryBudget, verification: configuration.verification, shared: shared)
        let sampling: StreamSampling
        do throws(PipelineError) {
            sampling = try StreamSampling(configuration, indexes)
            if let problem = shuffle.problem(sampleCount: sampling.count, datasetCount: samples.count) {
                throw PipelineError(.invalidSetting, "can't be shuffled \(problem).")
            }
            plan = try BatchPlan(
                positionCount: shuffle.positionCount(sampleCount: sampling.count), batchSize: configuration.batchSize,
                dropRemainder: configuration.dropRemainder, padRemainder: configuration.padRemainder,
                rank: configuration.rank)
        } catch {
            throw ShardError(.outOfRange, path, error.message)
        }
        guide = ReadAheadGuide(
            ReadAhead(
                batchCount: plan.count, batchSize: configuration.batchSize,
                byteCounts: samples.index.byteCounts, budget: configuration.memoryBudget),
            samples.cache)
        self.configuration = configuration
        let plan = plan
        let fixed = sampling.isFixed ? sampling.units(epoch: 0) : nil
        orders = EpochOrders { epoch in
            let order = shuffle.order(of: fixed ?? sampling.units(epoch: epoch), seed: seed, epoch: epoch)
            return plan.sampleCount == order.count && plan.rank.count == 1 ? order : RankOrder(order, plan)
        }
    }

    /// The dataset's index.
    public var index: ShardIndex { samples.index }

    /// The number of samples that there are, however many an epoch takes.
    public var sampleCount: Int { samples.count }

    /// The columns in the order of their bytes in a sample.
    public var columns: [ShardColumn] { samples.columns }

    /// All values of one sample; samples are numbered in the order of the shards, whatever the shuffle.
    ///
    /// - Throws: `ShardError` if there is no such sample, or if its shard is damaged.
    public func sample(at number: Int) async throws -> ShardSample { try await samples.sample(at: number) }

    /// Has the shards loaded that the batches after this one need.
    func readAhead(from batch: Int, epoch: Int, _ order: any SampleOrder) {
        guide.advance(to: batch, epoch: epoch) { batches in
            let first = plan.samples(ofBatch: batches.lowerBound).lowerBound
            return order.shards(at: first..<plan.samples(ofBatch: batches.upperBound - 1).upperBound)
        }
    }

    /// The order in which an epoch's samples are read here: of one rank its own.
    func order(epoch: Int) -> any SampleOrder { orders.order(epoch: epoch) }
}

extension StreamSampling {
    /// What an epoch takes of the streams that a configuration names.
    fileprivate init(
        _ configuration: ShardDataset.Configuration, _ indexes: [ShardIndex]
    ) throws(PipelineError) {
        let seed = configuration.seed
        let counts = try MixShare.counts(
            configuration.streams.map(\.share), sizes: indexes.map(\.sampleCount), total: configuration.epochSize
        ) { missing, fractions in
            var random = NumPyGenerator(seed: seed)
            return random.choice(fractions.count, missing).map { Int($0) }
        }
        let starts = indexes.map(\.shards.count).startsOfRuns
        streams = indexes.indices.map { (starts[$0]..<starts[$0 + 1], counts[$0]) }
        shardSizes = indexes.flatMap { $0.shards.map { $0.sampleCount } }
        self.seed = seed
        variesShards = configuration.shuffle != .none
    }
}
