public import LeatPipeline

extension BatchStream {
    /// The batches, each reported when it is handed over; the last report follows the last batch.
    public func reporting(to metrics: LoaderMetrics) -> ReportedBatches {
        ReportedBatches(stream: self, metrics: metrics)
    }
}

/// The batches of a stream, reported on their way.
public struct ReportedBatches: AsyncSequence, Sendable {
    /// One batch.
    public typealias Element = Batch

    let stream: BatchStream
    let metrics: LoaderMetrics

    /// Goes on from the stream's position.
    public func makeAsyncIterator() -> Iterator { Iterator(stream: stream, metrics: metrics) }

    /// Takes batches and reports.
    public struct Iterator: AsyncIteratorProtocol {
        let stream: BatchStream
        let metrics: LoaderMetrics

        /// The stream's next batch.
        ///
        /// - Throws: What the stream throws, after it was reported.
        public mutating func next() async throws -> Batch? {
            defer { metrics.report(stream) }
            return try await stream.next()
        }
    }
}

@available(*, unavailable)
extension ReportedBatches.Iterator: Sendable {}
