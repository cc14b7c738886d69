import LeatCore
import LeatPipeline

/// Reads files with an object of JSON on each line, plain or compressed, as columns named after the objects' members.
///
/// The files are read twice: once to learn what the columns hold, once for the values; only a block is in memory at any
/// time. Whole numbers are `int64`; all numbers are `float64`, where null or missing is NaN; true and false are `uint8`.
/// Lists of numbers are arrays. Texts are texts, and so are objects, as their JSON. Empty lines are passed over.
public final class JSONLinesReader: SampleReader {
    /// The columns, in the order in which their names were met.
    public let columns: [ColumnDescription]
    /// The number of objects.
    public let count: Int?

    private var objects: JSONObjects

    /// A reader of the files at the paths, one after another.
    ///
    /// - Parameters:
    ///   - paths: The files.
    ///   - wanted: The members that are columns; nil for all.
    /// - Throws: `FormatError` if a file can't be read, a line is no object, or a wanted member has no meaning as a column.
    public init(_ paths: [String], wanted: [String]? = nil) throws {
        var survey = JSONObjects(paths)
        var types: [JSONColumnType] = []
        var places: [String: Int] = [:]
        var count = 0
        while let members = try survey.next() {
            for (name, value) in members where wanted?.contains(name) ?? true {
                let place = places[name] ?? types.count
                if place == types.count {
                    places[name] = place
                    types.append(JSONColumnType(name: name))
                }
                if let reason = types[place].include(value) {
                    throw FormatError(
                        .unsupported, "'\(name)' in \(survey.place) \(reason); leave it out by choosing columns.")
                }
            }
            count += 1
        }
        let path = paths.first ?? ""
        guard count > 0 else { throw FormatError(.missing, "'\(path)' has no objects.") }
        if let missing = wanted?.first(where: { places[$0] == nil }) {
            throw FormatError(.missing, "No object in '\(path)' has a member '\(missing)'.")
        }
        columns = try types.map { type in
            switch type.columnKind(recordCount: count) {
            case .success(let kind): return ColumnDescription(type.name, kind)
            case .failure(let reason):
                throw FormatError(
                    .unsupported, "'\(type.name)' \(reason.text) of '\(path)'; leave it out by choosing columns.")
            }
        }
        self.count = count
        objects = JSONObjects(paths)
    }

    /// The next `limit` objects; fewer where the files end.
    ///
    /// - Throws: `FormatError` if a file can't be read or has changed.
    public func read(_ limit: Int) throws -> [Column] {
        var values: [[Sample.Value]] = Array(repeating: [], count: columns.count)
        var rowCount = 0
        while rowCount < limit, let members = try objects.next() {
            for (index, column) in columns.enumerated() {
                let value = members.last { $0.name == column.name }?.value ?? .null
                guard let converted = try Self.value(value, column.kind) else {
                    throw FormatError(.corrupt, "'\(column.name)' in \(objects.place) changed while it was read.")
                }
                values[index].append(converted)
            }
            rowCount += 1
        }
        return try zip(values, columns).map { try Column($0, $1) }
    }

    private static func value(_ value: JSONValue, _ kind: ColumnKind) throws -> Sample.Value? {
        switch (kind, value) {
        case (.text, .text(let text)), (.text, .object(_, let text)): .text(text)
        case (.numbers(.float64, []), .null): .number(Double.nan)
        case (.numbers(.float64, []), .integer(let value)): .number(Double(value))
        case (.numbers(.float64, []), .number(let value)): .number(value)
        case (.numbers(.int64, []), .integer(let value)): .number(value)
        case (.numbers(.uint8, []), .bool(let value)): .number(value ? 1 as UInt8 : 0)
        case (.ragged(let dtype), .null): .tensor(Tensor(zeros: [0], dtype: dtype))
        case (.numbers(let dtype, _), .list), (.ragged(let dtype), .list):
            try JSONArray(value).flatMap { array in
                // Whole numbers were all there was, or the file has changed.
                array.kind == .numbers && dtype != .float64 ? nil : .tensor(try array.tensor(dtype))
            }
        default: nil
        }
    }
}

/// The objects on the lines of files.
private struct JSONObjects {
    private var lines: FileLines

    init(_ paths: [String]) { lines = FileLines(paths) }

    /// Where the latest object is.
    var place: String { lines.place }

    /// The members of the next object; nil after the last.
    mutating func next() throws -> [(name: String, value: JSONValue)]? {
        while let line = try lines.next() {
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { continue }
            do {
                guard case .object(let members, _) = try JSONParser.parse(line) else {
                    throw FormatError(.wrongFormat, "The \(place) is no object of JSON.")
                }
                return members
            } catch let error as JSONParser.Malformed {
                throw FormatError(
                    .corrupt, "The \(place) is no JSON: at its byte \(error.position), \(error.reason).")
            }
        }
        return nil
    }
}

extension FormatError {
    /// The end of a sentence that says what is wrong.
    struct Reason: Error, ExpressibleByStringLiteral {
        var text: String

        init(stringLiteral text: String) { self.text = text }
    }
}
