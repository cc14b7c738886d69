public import LeatCore

/// What a column of samples holds.
public enum ColumnKind: Sendable, Hashable {
    /// An array of the same element type and shape for every sample; `()` is one number.
    case numbers(DType, Shape)
    /// A vector of the given element type for every sample, of different lengths.
    case ragged(DType)
    /// A text for every sample.
    case text
    /// Bytes for every sample.
    case bytes
    /// A JPEG file's bytes for every sample.
    case jpeg
    /// A PNG file's bytes for every sample.
    case png
}

/// A run of samples of one column.
public enum Column: Sendable, Equatable {
    /// The samples along axis 0.
    case numbers(Tensor)
    /// A vector a sample.
    case ragged([Tensor])
    /// A text a sample.
    case text([String])
    /// Bytes a sample.
    case bytes([[UInt8]])

    /// The number of samples.
    public var count: Int {
        switch self {
        case .numbers(let tensor): tensor.length
        case .ragged(let rows): rows.count
        case .text(let rows): rows.count
        case .bytes(let rows): rows.count
        }
    }
}

/// A column read from its first sample to its last, a block at a time.
public protocol ColumnReader: AnyObject {
    /// What the column holds.
    var kind: ColumnKind { get }

    /// The number of samples.
    var count: Int { get }

    /// The next `limit` samples; fewer where the column ends, none after it.
    ///
    /// - Throws: `FormatError` if the file can't be read, ends early or is damaged.
    func read(_ limit: Int) throws -> Column
}
