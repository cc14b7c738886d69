import Synchronization

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

    private let orders: EpochOrders

    /// Opens the dataset in a folder.
    ///
    /// - Parameters:
    ///   - path: The folder with `index.json`.
    ///   - batchSize: The number of samples in a batch.
    ///   - inputs: The column of the inputs. By default `x`, or else the only column of arrays.
    ///   - targets: The column of the targets. By default `y` if there is such a column.
    ///   - sampleWeights: The column of the sample weights. By default `sample_weight` if there is such a column.
    ///   - shuffle: In which order samples come; independent of a trainer's shuffling of batches.
    ///   - seed: What the order depends on, besides the epoch.
    ///   - dropRemainder: Whether a last, smaller batch is left out.
    ///   - memoryBudget: The bytes of unpacked shards that are kept. Two shards are kept also where they take more, and
    ///     any number of shards while a batch is made of them.
    ///   - verification: How shards are verified when they are first used.
    /// - Throws: `ShardError` if the index can't be read, a column is missing or can't become a tensor, or a number is out
    ///   of range. The shards themselves are not touched.
    public init(
        _ path: String, batchSize: Int, inputs: String? = nil, targets: String? = nil, sampleWeights: String? = nil,
        shuffle: ShardShuffle = .none, seed: UInt64 = 0, dropRemainder: Bool = false, memoryBudget: Int = 64 << 20,
        verification: ShardVerification = .recordedHashes
    ) throws {
        let folder = ShardFiles.absolute(path)
        let index = try ShardIndex(folder: folder)
        let columns = try ChosenColumns(
            index.columns, inputs: inputs, targets: targets, sampleWeights: sampleWeights, folder: folder)
        try self.init(
            index: index,
            configuration: Configuration(
                path: folder, fingerprint: index.fingerprint, batchSize: batchSize, inputs: columns.inputs,
                targets: columns.targets, sampleWeights: columns.sampleWeights, shuffle: shuffle, seed: seed,
                dropRemainder: dropRemainder, memoryBudget: memoryBudget, verification: verification))
    }

    init(index: ShardIndex, configuration: Configuration) throws(ShardError) {
        let path = configuration.path
        guard configuration.batchSize > 0 else {
            throw ShardError(.outOfRange, path, "can't be read in batches of \(configuration.batchSize) samples.")
        }
        self.configuration = configuration
        samples = try ShardSamples(
            folder: path, index: index, memoryBudget: configuration.memoryBudget,
            verification: configuration.verification)
        let shardSizes = index.shards.map(\.sampleCount)
        orders = EpochOrders(shuffle: configuration.shuffle, seed: configuration.seed, shardSizes: shardSizes)
    }

    /// The dataset's index.
    public var index: ShardIndex { samples.index }

    /// The number of samples.
    public var sampleCount: Int { samples.count }

    /// The columns in the order of their bytes in a sample.
    public var columns: [ShardColumn] { samples.columns }

    /// All values of one sample; samples are numbered in the order of the shards, whatever the shuffle.
    ///
    /// - Throws: `ShardError` if there is no such sample, or if its shard is damaged.
    public func sample(at number: Int) async throws -> ShardSample { try await samples.sample(at: number) }

    /// The order of an epoch.
    func order(epoch: Int) -> any SampleOrder { orders.order(epoch: epoch) }
}

/// The orders of the epochs that are being read: this one, and the next while it is being prefetched.
private final class EpochOrders: Sendable {
    private let shuffle: ShardShuffle
    private let seed: UInt64
    private let shardSizes: [Int]
    private let kept = Mutex<[(epoch: Int, order: any SampleOrder)]>([])

    init(shuffle: ShardShuffle, seed: UInt64, shardSizes: [Int]) {
        self.shuffle = shuffle
        self.seed = seed
        self.shardSizes = shardSizes
    }

    func order(epoch: Int) -> any SampleOrder {
        kept.withLock { kept in
            if let known = kept.first(where: { $0.epoch == epoch }) { return known.order }
            let order = shuffle.order(shardSizes: shardSizes, seed: seed, epoch: epoch)
            if kept.count == 2 { kept.removeFirst() }
            kept.append((epoch, order))
            return order
        }
    }
}
