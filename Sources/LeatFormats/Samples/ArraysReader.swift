/// Arrays side by side: a column each, all of the same length.
public final class ArraysReader: SampleReader {
    /// The columns, one for each array.
    public let columns: [ColumnDescription]

    private let readers: [any ColumnReader]

    /// The arrays that the readers give, under their names; `path` is for messages.
    ///
    /// - Throws: `FormatError` if there is none or their lengths differ.
    public init(_ readers: [(name: String, reader: any ColumnReader)], path: String) throws {
        guard let first = readers.first else { throw FormatError(.missing, "'\(path)' has no arrays.") }
        if let odd = readers.first(where: { $0.reader.count != first.reader.count }) {
            throw FormatError(
                .corrupt,
                "The arrays of '\(path)' are of different lengths: '\(first.name)' has \(first.reader.count) rows and "
                    + "'\(odd.name)' has \(odd.reader.count); choose those that belong together by name.")
        }
        columns = readers.map { ColumnDescription($0.name, $0.reader.kind) }
        self.readers = readers.map(\.reader)
        count = first.reader.count
    }

    /// The number of rows.
    public let count: Int?

    /// The next `limit` rows of every array.
    ///
    /// - Throws: `FormatError` if a file can't be read, ends early or is damaged.
    public func read(_ limit: Int) throws -> [Column] { try readers.map { try $0.read(limit) } }
}
