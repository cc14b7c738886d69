/// Where batches come from: a `BatchSequence`, any sequence or asynchronous sequence of batches, or a closure.
///
/// Only a `BatchSequence` knows its batches by number, so only it can be shuffled, prepared by several workers at
/// once, or continued in the middle. The others are asked for one batch after the other by a single reader.
public struct BatchSource: Sendable {
    enum Kind: Sendable {
        /// A source and the number of batches that it had when it was asked, once.
        case indexed(any BatchSequence, count: Int)
        case generated(@Sendable () -> Generator)
    }

    /// Gives the next batch, or nil at the end; called by one task at a time.
    typealias Generator = () async throws -> Batch?

    let kind: Kind

    /// The batches of a source that knows them by number, Keras' `Sequence`.
    ///
    /// How many these are is asked here and not again: a source that grows later does so for those who come later.
    public init(_ sequence: some BatchSequence) { kind = .indexed(sequence, count: sequence.count) }

    /// The batches of an asynchronous sequence, iterated anew by each run of a loader.
    public init<Source: AsyncSequence & SendableMetatype>(_ sequence: sending Source)
    where Source.Element == Batch, Source.AsyncIterator: SendableMetatype {
        self.init(makingGeneratorsBy: {
            var iterator = sequence.makeAsyncIterator()
            return { try await iterator.next(isolation: #isolation) }
        })
    }

    /// The batches of a sequence, iterated anew by each run of a loader.
    public init<Source: Sequence & SendableMetatype>(_ sequence: sending Source)
    where Source.Element == Batch, Source.Iterator: SendableMetatype {
        self.init(makingGeneratorsBy: {
            var iterator = sequence.makeIterator()
            return { iterator.next() }
        })
    }

    /// The batches that a closure gives until it returns nil, Keras' generator.
    ///
    /// The closure may keep state in what it captures: it is called by one task at a time.
    public init(_ generator: sending @escaping () async throws -> Batch?) {
        self.init(makingGeneratorsBy: { generator })
    }

    private init(makingGeneratorsBy makeGenerator: sending @escaping () -> Generator) {
        let transfer = Transfer(makeGenerator)
        kind = .generated { transfer.value() }
    }

    /// The number of batches in an epoch; nil where only the end itself will tell.
    public var count: Int? {
        switch kind {
        case .indexed(_, let count): count
        case .generated: nil
        }
    }
}

/// A value that was handed over for good and is used by one task at a time from then on.
///
/// Unchecked because the compiler proves the handing over (`sending`) but not that a loader has one reader.
private struct Transfer<Value>: @unchecked Sendable {
    let value: Value

    init(_ value: sending Value) { self.value = value }
}
