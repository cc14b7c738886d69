/// How the positions of an epoch become batches, and which of them a rank reads: decided once, for all ranks alike.
///
/// Batch b holds positions b · `batchSize` ..< (b + 1) · `batchSize`, whoever reads it. Of these rank r of R reads every
/// R-th from the r-th on. So every rank has as many batches, of as many samples, and which samples a batch holds does not
/// depend on the number of ranks.
///
/// A last batch that is short is left out (`dropRemainder`), filled up with the first positions of the epoch
/// (`padRemainder`), or else kept short; then some of its own positions are read twice where that makes it divisible by
/// the ranks.
public struct BatchPlan: Sendable, Hashable {
    /// The positions of an epoch.
    public let positionCount: Int
    /// The samples in a batch of all ranks together.
    public let batchSize: Int
    /// Whether a last, smaller batch is left out.
    public let dropRemainder: Bool
    /// Whether a last, smaller batch is filled up.
    public let padRemainder: Bool
    /// Who reads.
    public let rank: Rank

    /// A plan for an epoch.
    ///
    /// - Throws: `PipelineError` if the batch size is not positive or not divisible by the ranks, there is no such rank,
    ///   or the remainder is to be dropped and filled up.
    public init(
        positionCount: Int, batchSize: Int, dropRemainder: Bool = false, padRemainder: Bool = false,
        rank: Rank = .only
    ) throws(PipelineError) {
        guard batchSize > 0 else {
            throw PipelineError(.invalidSetting, "A batch size of \(batchSize) makes no batches; it must be positive.")
        }
        guard rank.isValid else {
            throw PipelineError(
                .invalidSetting, "There is no \(rank); ranks are counted from 0, and there is at least one.")
        }
        guard batchSize.isMultiple(of: rank.count) else {
            throw PipelineError(
                .invalidSetting,
                "A batch of \(batchSize) samples can't be divided between \(rank.count) ranks; "
                    + "batchSize counts the samples of all ranks and must be a multiple of their number.")
        }
        guard !(dropRemainder && padRemainder) else {
            throw PipelineError(
                .invalidSetting, "A last, smaller batch can't be left out (dropRemainder) and filled up (padRemainder)."
            )
        }
        guard !padRemainder || batchSize <= 1 << 31 else {
            throw PipelineError(
                .invalidSetting, "A last batch is filled up to \(1 << 31) samples at most, not to \(batchSize).")
        }
        self.positionCount = positionCount
        self.batchSize = batchSize
        self.dropRemainder = dropRemainder
        self.padRemainder = padRemainder
        self.rank = rank
    }

    private var wholeBatches: Int { positionCount / batchSize }

    /// The positions of the last, smaller batch; none if there is no such batch, or if it is left out.
    private var remainder: Int { dropRemainder ? 0 : positionCount % batchSize }

    /// The batches of an epoch.
    public var count: Int { wholeBatches + (remainder > 0 ? 1 : 0) }

    /// How many samples the rank reads in an epoch.
    public var sampleCount: Int {
        let last = padRemainder && remainder > 0 ? batchSize : remainder
        return wholeBatches * (batchSize / rank.count) + (last + rank.count - 1) / rank.count
    }

    /// Which of the samples that the rank reads are those of a batch, 0 ..< `count`.
    public func samples(ofBatch index: Int) -> Range<Int> {
        let size = batchSize / rank.count
        return index * size..<index * size + min(size, sampleCount - index * size)
    }

    /// The position in the epoch of a sample that the rank reads, by its number, 0 ..< `sampleCount`.
    public func position(ofSample number: Int) -> Int {
        let position = number * rank.count + rank.index
        guard position >= positionCount else { return position }
        let beyond = position - positionCount
        return padRemainder ? beyond % positionCount : positionCount - remainder + beyond % remainder
    }

    /// The positions in the epoch of a batch's samples that the rank reads.
    public func positions(ofBatch index: Int) -> [Int] { samples(ofBatch: index).map { position(ofSample: $0) } }

    /// What a state says of the remainder where a batch's content depends on more than on whether it is left out.
    var remainderSettings: [String: StateValue] {
        var settings: [String: StateValue] = [:]
        if dropRemainder { settings["dropRemainder"] = .flag(true) }
        if padRemainder { settings["padRemainder"] = .flag(true) }
        return settings
    }

    /// How many of the rank's samples come before its first that repeats another one.
    public var unrepeatedCount: Int {
        min(sampleCount, max(0, positionCount - rank.index + rank.count - 1) / rank.count)
    }
}
