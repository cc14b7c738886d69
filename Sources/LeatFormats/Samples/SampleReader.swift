/// A column's name and what it holds.
public struct ColumnDescription: Sendable, Hashable {
    /// The name.
    public var name: String
    /// What the column holds.
    public var kind: ColumnKind
    /// Whether the column is wanted only when it is asked for by name.
    public var isOptional: Bool

    /// A description of a column.
    public init(_ name: String, _ kind: ColumnKind, isOptional: Bool = false) {
        self.name = name
        self.kind = kind
        self.isOptional = isOptional
    }
}

/// Samples of several columns, read from the first to the last, a block at a time.
public protocol SampleReader: AnyObject {
    /// The columns, in the order in which blocks give them.
    var columns: [ColumnDescription] { get }

    /// The number of samples, where it is known beforehand.
    var count: Int? { get }

    /// The next `limit` samples, a block a column; fewer where the source ends, none after it.
    ///
    /// - Throws: `FormatError` if a file can't be read, ends early or is damaged.
    func read(_ limit: Int) throws -> [Column]
}
