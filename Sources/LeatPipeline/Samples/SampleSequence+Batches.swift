import LeatCore

extension SampleSequence {
    /// Batches of equal shapes.
    ///
    /// - Parameters:
    ///   - size: The number of samples in a batch, those of all ranks together; the last one is smaller if they don't
    ///     divide.
    ///   - columns: What becomes inputs, targets and sample weights; by default `x`, and `y` and `sample_weight` where
    ///     there are such columns.
    ///   - dropRemainder: Whether a last, smaller batch is left out.
    ///   - padRemainder: Whether a last, smaller batch is filled up with the first samples of the epoch.
    ///   - shuffleSeed: Selects the order of the samples, another in each epoch; nil keeps their own.
    ///   - rank: Which part of each batch is read here, where several programs train together.
    /// - Returns: A source for a loader or for `fitGenerator`.
    /// - Throws: `PipelineError` if the size is not positive or can't be divided between the ranks.
    public func batched(
        _ size: Int, columns: BatchColumns? = nil, dropRemainder: Bool = false, padRemainder: Bool = false,
        shuffleSeed: UInt64? = nil, rank: Rank = .only
    ) throws(PipelineError) -> SampleBatches {
        let plan = try BatchPlan(
            positionCount: count, batchSize: size, dropRemainder: dropRemainder, padRemainder: padRemainder, rank: rank)
        return try SampleBatches(self, Collation(columns: columns), plan, shuffleSeed: shuffleSeed)
    }

    /// Batches whose arrays are filled up to one shape each.
    ///
    /// - Parameters:
    ///   - size: The number of samples in a batch, those of all ranks together; the last one is smaller if they don't
    ///     divide.
    ///   - padding: What arrays are filled with, where, and up to which shape.
    ///   - columns: What becomes inputs, targets and sample weights; by default Keras' names.
    ///   - dropRemainder: Whether a last, smaller batch is left out.
    ///   - padRemainder: Whether a last, smaller batch is filled up with the first samples of the epoch.
    ///   - shuffleSeed: Selects the order of the samples, another in each epoch; nil keeps their own.
    ///   - rank: Which part of each batch is read here, where several programs train together.
    /// - Returns: A source for a loader or for `fitGenerator`.
    /// - Throws: `PipelineError` if the size is not positive or can't be divided between the ranks.
    public func paddedBatches(
        _ size: Int, padding: BatchPadding = BatchPadding(), columns: BatchColumns? = nil, dropRemainder: Bool = false,
        padRemainder: Bool = false, shuffleSeed: UInt64? = nil, rank: Rank = .only
    ) throws(PipelineError) -> SampleBatches {
        let plan = try BatchPlan(
            positionCount: count, batchSize: size, dropRemainder: dropRemainder, padRemainder: padRemainder, rank: rank)
        return try SampleBatches(self, Collation(columns: columns, padding: padding), plan, shuffleSeed: shuffleSeed)
    }

    /// Padded batches of samples of like lengths, so that little is padded.
    ///
    /// Lengths are asked for here, once for every sample, as it is in epoch 0. An epoch's order is walked, and a bucket
    /// that is full is the next batch; those that are not full come last, the shortest first.
    ///
    /// - Parameters:
    ///   - boundaries: The least length of each bucket but the first, ascending.
    ///   - batchSizes: The size of a batch in each bucket, one more than boundaries; or one size for all.
    ///   - padding: What arrays are filled with, where, and up to which shape.
    ///   - columns: What becomes inputs, targets and sample weights; by default Keras' names.
    ///   - dropRemainder: Whether batches smaller than their bucket's size are left out.
    ///   - shuffleSeed: Selects the order of the samples, another in each epoch; nil keeps their own.
    ///   - length: The length of a sample; by default the extent of the inputs' axis 0.
    /// - Returns: A source for a loader or for `fitGenerator`.
    /// - Throws: `PipelineError` if boundaries or sizes make no sense, and what reading a sample throws.
    public func bucketedBatches(
        boundaries: [Int], batchSizes: [Int], padding: BatchPadding = BatchPadding(), columns: BatchColumns? = nil,
        dropRemainder: Bool = false, shuffleSeed: UInt64? = nil,
        length: (@Sendable (Sample) throws -> Int)? = nil
    ) async throws -> SampleBatches {
        let bucketing = try Bucketing(boundaries: boundaries, sizes: batchSizes)
        var buckets: [UInt16] = []
        try await forEach { _, sample in
            buckets.append(UInt16(bucketing.bucket(of: try sample.length(length, columns))))
        }
        return SampleBatches(
            self, Collation(columns: columns, padding: padding), bucketing, buckets: buckets,
            dropRemainder: dropRemainder, shuffleSeed: shuffleSeed)
    }
}

extension Bucketing {
    /// Buckets with a size each, or with one for all.
    init(boundaries: [Int], sizes: [Int]) throws(PipelineError) {
        guard boundaries.count < Int(UInt16.max) else {
            throw PipelineError(.invalidSetting, "\(boundaries.count) boundaries are too many; 65534 are allowed.")
        }
        let isOneForAll = sizes.count == 1
        try self.init(
            boundaries: boundaries,
            batchSizes: isOneForAll ? Array(repeating: sizes[0], count: boundaries.count + 1) : sizes)
    }
}

extension Sample {
    /// What the closure says, or the extent of the inputs' axis 0.
    func length(_ length: ((Sample) throws -> Int)?, _ columns: BatchColumns?) throws -> Int {
        if let length { return try length(self) }
        return try tensor((columns ?? BatchColumns(of: self)).inputs).length
    }
}
