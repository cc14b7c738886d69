/// Whether and how the order of samples changes from epoch to epoch; `true` and `false` as in Keras.
public enum Shuffle: Sendable, Hashable {
    /// Every epoch in another random order: Keras' `True`.
    case all
    /// Runs of `batchSize` samples stay together, and the runs change places; for data that is read in pieces.
    ///
    /// A last short run stays last.
    case batch
    /// As they come: Keras' `False`.
    case none
}

extension Shuffle: ExpressibleByBooleanLiteral {
    /// `.all` or `.none`.
    public init(booleanLiteral value: Bool) { self = value ? .all : .none }
}
