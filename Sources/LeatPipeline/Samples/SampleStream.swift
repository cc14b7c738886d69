/// Samples that come one after the other and can't be asked for by number: compressed archives, lines of text.
///
/// A stream is read from its beginning each time it is iterated. As with `BatchSequence`, a loader with one worker or
/// more iterates it on a thread made for it, so that reading may block there.
public struct SampleStream: AsyncSequence, TransformableSamples, Sendable {
    /// One sample.
    public typealias Element = Sample

    /// Gives the samples of one pass, some at a time; an empty list is the end.
    public typealias Reader = () throws -> [Sample]

    private let open: @Sendable (_ epoch: Int) throws -> Reader
    private let passes: Int
    private let stages: [SampleStage]

    /// The samples that readers give, each pass by a reader of its own.
    public init(_ open: @escaping @Sendable () throws -> Reader) {
        self.init(open: { _ in try open() }, passes: 1, stages: [])
    }

    private init(open: @escaping @Sendable (_ epoch: Int) throws -> Reader, passes: Int, stages: [SampleStage]) {
        self.open = open
        self.passes = passes
        self.stages = stages
    }

    /// The samples with one more transformation behind those they have.
    public func appending(_ stage: SampleStage) -> SampleStream {
        SampleStream(open: open, passes: passes, stages: stages + [stage])
    }

    /// The samples that the closure says yes to.
    public func filter(_ isIncluded: @escaping @Sendable (Sample) throws -> Bool) -> SampleStream {
        appending(SampleStage { sample, _ in try isIncluded(sample) })
    }

    /// The samples again and again, `passes` times as often as now; without end if it is nil.
    ///
    /// Each pass is an epoch of its own to `map(seed:)`. Batches go on over the end of a pass.
    public func repeated(_ passes: Int? = nil) -> SampleStream {
        let (total, overflow) = self.passes.multipliedReportingOverflow(by: Swift.max(0, passes ?? .max))
        return SampleStream(open: open, passes: overflow ? .max : total, stages: stages)
    }

    /// Starts the first pass.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// What gives the samples of a pass, transformed, and nil at its end.
    private func pass(_ epoch: Int) throws -> () throws -> Sample? {
        let reader = try open(epoch)
        var block: ArraySlice<Sample> = []
        var number = 0
        var hasEnded = false
        return { [stages] in
            while !hasEnded {
                while var sample = block.popFirst() {
                    defer { number += 1 }
                    if try stages.apply(to: &sample, number: number, epoch: epoch) { return sample }
                }
                block = try reader()[...]
                hasEnded = block.isEmpty
            }
            return nil
        }
    }

    /// The samples in an order that is shuffled as far as a buffer reaches, another in each pass.
    ///
    /// The buffer is filled, and from then on each sample that comes takes the place of one drawn from it. The order is a
    /// function of the seed, the pass and the order of the stream. A sample may come as late as it likes, but at most
    /// `buffer` places too early: a stream that is sorted by class needs a buffer of the size of a class and more.
    ///
    /// - Throws: `PipelineError` if the buffer holds no sample.
    public func shuffled(buffer size: Int, seed: UInt64) throws(PipelineError) -> SampleStream {
        guard size > 0 else {
            throw PipelineError(
                .invalidSetting, "A shuffle buffer of \(size) samples shuffles nothing; it must be positive.")
        }
        let shuffled: @Sendable (Int) throws -> Reader = { epoch in
            let next = try pass(epoch)
            var buffer = ShuffleBuffer<Sample>(size: size, seed: seed, epoch: epoch)
            return {
                while let sample = try next() {
                    if let drawn = buffer.exchange(sample) { return [drawn] }
                }
                return buffer.take().map { [$0] } ?? []
            }
        }
        return SampleStream(open: shuffled, passes: passes, stages: [])
    }

    /// Reads a stream.
    public struct Iterator: AsyncIteratorProtocol {
        private let stream: SampleStream
        private var pass: (() throws -> Sample?)?
        private var epoch = 0
        private var isEmpty = true

        init(_ stream: SampleStream) { self.stream = stream }

        /// The next sample; nil after the last, or after a pass that had none.
        ///
        /// - Throws: What the source or a transformation throws.
        public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws -> Sample? {
            while epoch < stream.passes {
                try Task.checkCancellation()
                let current = try pass ?? stream.pass(epoch)
                pass = current
                if let sample = try current() {
                    isEmpty = false
                    return sample
                }
                pass = nil
                epoch = isEmpty ? stream.passes : epoch + 1
                isEmpty = true
            }
            return nil
        }
    }
}
