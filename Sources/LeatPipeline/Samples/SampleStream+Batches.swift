extension SampleStream {
    /// Batches of equal shapes, in the order of the samples; the arguments are those of `SampleSequence`.
    ///
    /// - Throws: `PipelineError` if the size is not positive.
    public func batched(
        _ size: Int, columns: BatchColumns? = nil, dropRemainder: Bool = false
    ) throws(PipelineError) -> StreamedBatches {
        StreamedBatches(
            stream: self, collation: Collation(columns: columns), bucketing: try Bucketing(batchSize: size),
            dropRemainder: dropRemainder, length: nil)
    }

    /// Batches whose arrays are filled up to one shape each; the arguments are those of `SampleSequence`.
    ///
    /// - Throws: `PipelineError` if the size is not positive.
    public func paddedBatches(
        _ size: Int, padding: BatchPadding = BatchPadding(), columns: BatchColumns? = nil, dropRemainder: Bool = false
    ) throws(PipelineError) -> StreamedBatches {
        StreamedBatches(
            stream: self, collation: Collation(columns: columns, padding: padding),
            bucketing: try Bucketing(batchSize: size), dropRemainder: dropRemainder, length: nil)
    }

    /// Padded batches of samples of like lengths: a bucket that is full is the next batch.
    ///
    /// The arguments are those of `SampleSequence`; nothing is read beforehand.
    ///
    /// - Throws: `PipelineError` if boundaries or sizes make no sense.
    public func bucketedBatches(
        boundaries: [Int], batchSizes: [Int], padding: BatchPadding = BatchPadding(), columns: BatchColumns? = nil,
        dropRemainder: Bool = false, length: (@Sendable (Sample) throws -> Int)? = nil
    ) throws(PipelineError) -> StreamedBatches {
        StreamedBatches(
            stream: self, collation: Collation(columns: columns, padding: padding),
            bucketing: try Bucketing(boundaries: boundaries, sizes: batchSizes), dropRemainder: dropRemainder,
            length: length)
    }
}

/// Batches of the samples of a stream, for `BatchSource`.
public struct StreamedBatches: AsyncSequence, Sendable {
    /// One batch.
    public typealias Element = Batch

    let stream: SampleStream
    let collation: Collation
    let bucketing: Bucketing
    let dropRemainder: Bool
    let length: (@Sendable (Sample) throws -> Int)?

    /// Starts the stream.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Collects the samples of a stream.
    public struct Iterator: AsyncIteratorProtocol {
        private let batches: StreamedBatches
        private var samples: SampleStream.Iterator
        private var buckets: Buckets<Sample>
        private var hasEnded = false

        init(_ batches: StreamedBatches) {
            self.batches = batches
            samples = batches.stream.makeAsyncIterator()
            buckets = Buckets(batches.bucketing)
        }

        /// The next batch; nil after the last.
        ///
        /// - Throws: `PipelineError` if samples don't fit together, and what the stream throws.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Batch? {
            let bucketing = batches.bucketing
            while !hasEnded {
                guard let sample = try await samples.next(isolation: actor) else {
                    hasEnded = true
                    break
                }
                let bucket =
                    bucketing.boundaries.isEmpty
                    ? 0 : bucketing.bucket(of: try sample.length(batches.length, batches.collation.columns))
                if let full = buckets.add(sample, toBucket: bucket) { return try batches.collation.batch(of: full) }
            }
            guard !batches.dropRemainder, let rest = buckets.takeRemainder() else { return nil }
            return try batches.collation.batch(of: rest)
        }
    }
}
