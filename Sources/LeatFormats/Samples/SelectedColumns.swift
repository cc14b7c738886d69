/// A column that is wanted, and what it is to be called.
public struct ColumnChoice: Sendable, Hashable {
    /// The name it is to have.
    public var name: String
    /// The name it has in the source.
    public var source: String

    /// The column of the given name in the source, to be called otherwise if `newName` is given.
    public init(_ source: String, as newName: String? = nil) {
        self.source = source
        name = newName ?? source
    }
}

/// Some columns of another reader, in another order or under other names.
public final class SelectedColumns: SampleReader {
    /// The chosen columns.
    public let columns: [ColumnDescription]

    private let base: any SampleReader
    private let positions: [Int]

    /// The chosen columns, each under its new name; `path` is for messages.
    ///
    /// - Throws: `FormatError` if a column doesn't exist or a new name is there twice.
    public init(_ base: any SampleReader, _ choices: [ColumnChoice], path: String) throws {
        var chosen: [ColumnDescription] = []
        positions = try choices.map { choice in
            guard let position = base.columns.firstIndex(where: { $0.name == choice.source }) else {
                let known = base.columns.map(\.name).joined(separator: ", ")
                throw FormatError(.missing, "'\(path)' has no column '\(choice.source)'; it has \(known).")
            }
            guard !chosen.contains(where: { $0.name == choice.name }) else {
                throw FormatError(.invalidArgument, "Two columns can't both be called '\(choice.name)'.")
            }
            chosen.append(ColumnDescription(choice.name, base.columns[position].kind))
            return position
        }
        columns = chosen
        self.base = base
    }

    /// The number of samples, where it is known beforehand.
    public var count: Int? { base.count }

    /// The next `limit` samples.
    ///
    /// - Throws: What the base reader throws.
    public func read(_ limit: Int) throws -> [Column] {
        let block = try base.read(limit)
        return positions.map { block[$0] }
    }
}
