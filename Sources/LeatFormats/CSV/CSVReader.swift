import LeatCore

/// Reads a file of comma-separated values, plain or compressed with gzip or zstd, as columns of numbers and texts.
///
/// The file is read twice: once to learn what its columns hold, once for the values; only a block of it is in memory
/// at any time. A column is `int64` if all its fields are whole numbers, `float64` if all are numbers or missing
/// (NaN), and text otherwise.
public final class CSVReader: SampleReader {
    /// Whether the first record names the columns.
    public enum Header: Sendable, Hashable {
        /// It does, unless all its fields are numbers.
        case automatic
        /// It does.
        case present
        /// It doesn't: columns are called `column0`, `column1` and so on.
        case absent
    }

    /// The columns, in the file's order.
    public let columns: [ColumnDescription]

    private let path: String
    private let kinds: [CSVColumnType.Kind]
    private let sampleCount: Int
    private var parser: CSVParser

    /// A reader of the file at the path; values are parted by commas, in a `.tsv` file by tabs.
    ///
    /// - Throws: `FormatError` if the file can't be read, has no records, or its records differ in length.
    public init(_ path: String, delimiter: Character? = nil, header: Header = .automatic) throws {
        let isTabbed = [".tsv", ".tsv.gz", ".tsv.zst"].contains { path.hasSuffix($0) }
        guard let delimiter = (delimiter ?? (isTabbed ? "\t" : ",")).asciiValue,
            ![0x0A, 0x0D, 0x22].contains(delimiter)
        else { throw FormatError(.invalidArgument, "The delimiter of '\(path)' must be one ASCII character.") }
        let survey = try Self.survey(path, delimiter, header)
        self.path = path
        kinds = survey.types.map(\.kind)
        sampleCount = survey.count
        columns = zip(survey.names, kinds).map { name, kind in
            switch kind {
            case .integer: ColumnDescription(name, .numbers(.int64, []))
            case .float: ColumnDescription(name, .numbers(.float64, []))
            case .text: ColumnDescription(name, .text)
            }
        }
        parser = try CSVParser(try openSource(path), delimiter: delimiter)
        if survey.hasHeader { _ = try parser.next() }
    }

    /// The number of records.
    public var count: Int? { sampleCount }

    /// The next `limit` records; fewer where the file ends.
    ///
    /// - Throws: `FormatError` if the file can't be read or has changed.
    public func read(_ limit: Int) throws -> [Column] {
        // One list of its type a column; the others stay empty.
        var integers = [[Int64]](repeating: [], count: kinds.count)
        var floats = [[Double]](repeating: [], count: kinds.count)
        var texts = [[String]](repeating: [], count: kinds.count)
        var rowCount = 0
        while rowCount < limit, try parser.next() {
            guard parser.fieldCount == kinds.count else { throw changed() }
            try parser.forEachField { index, field in
                switch kinds[index] {
                case .integer:
                    guard let value = CSVColumnType.integer(CSVColumnType.trimmed(field)) else { throw changed() }
                    integers[index].append(value)
                case .float:
                    let field = CSVColumnType.trimmed(field)
                    guard let value = field.isEmpty ? .nan : CSVColumnType.float(field) else { throw changed() }
                    floats[index].append(value)
                case .text: texts[index].append(try text(field))
                }
            }
            rowCount += 1
        }
        return kinds.indices.map { index in
            switch kinds[index] {
            case .integer: .numbers(Tensor(integers[index]))
            case .float: .numbers(Tensor(floats[index]))
            case .text: .text(texts[index])
            }
        }
    }

    private func text(_ field: CSVColumnType.Field) throws -> String {
        if let text = String(validating: field, as: UTF8.self) { return text }
        throw FormatError(.corrupt, "'\(path)' has text that is not UTF-8 in the record at line \(parser.line).")
    }

    private func changed() -> FormatError {
        FormatError(.corrupt, "'\(path)' changed while it was read, at line \(parser.line).")
    }
}

extension CSVReader {
    private struct Survey {
        var names: [String] = []
        var types: [CSVColumnType] = []
        var hasHeader = false
        var count = 0
    }

    /// Reads the whole file for the columns' names and types and the number of records.
    private static func survey(_ path: String, _ delimiter: UInt8, _ header: Header) throws -> Survey {
        var parser = try CSVParser(try openSource(path), delimiter: delimiter)
        guard try parser.next() else { throw FormatError(.truncated, "'\(path)' has no records.") }
        var survey = Survey()
        survey.hasHeader = header == .present
        parser.forEachField { _, field in
            let field = CSVColumnType.trimmed(field)
            if header == .automatic, CSVColumnType.float(field) == nil { survey.hasHeader = true }
            survey.names.append(String(decoding: field, as: UTF8.self))
            survey.types.append(CSVColumnType())
        }
        for index in survey.names.indices where !survey.hasHeader || survey.names[index].isEmpty {
            survey.names[index] = "column\(index)"
        }
        if Set(survey.names).count < survey.names.count {
            throw FormatError(.corrupt, "'\(path)' names two columns alike in its first record.")
        }
        var hasRecord = survey.hasHeader ? try parser.next() : true
        while hasRecord {
            guard parser.fieldCount == survey.types.count else {
                throw FormatError(
                    .corrupt,
                    "'\(path)' has \(parser.fieldCount) values in the record at line \(parser.line) and "
                        + "\(survey.types.count) in its first.")
            }
            parser.forEachField { index, field in survey.types[index].include(field) }
            survey.count += 1
            hasRecord = try parser.next()
        }
        return survey
    }
}
