import LeatCore
import LeatPipeline

/// Reads TFRecord files of `tf.train.Example`, plain or compressed, as columns.
///
/// The files are read twice: once to learn what the features hold, once for their values. Lists of numbers that have
/// one element in every record are numbers, those of one length vectors, others vectors of different lengths. Lists of
/// bytes must have one element; they are images where all are JPEG or PNG files. A list that a record lacks is empty.
public final class TFRecordReader: SampleReader {
    /// The columns, in the order of the features' names.
    public let columns: [ColumnDescription]
    /// The number of records.
    public let count: Int?

    private var records: TFRecords

    /// A reader of the files at the paths, one after another.
    ///
    /// - Parameters:
    ///   - paths: The files.
    ///   - wanted: The features that are columns; nil for all.
    /// - Throws: `FormatError` if a file can't be read, is damaged, or a wanted feature has no meaning as a column.
    public init(_ paths: [String], wanted: [String]? = nil) throws {
        var survey = TFRecords(paths)
        var types: [String: TFColumnType] = [:]
        var count = 0
        while let example = try survey.next() {
            for (name, feature) in example.features where wanted?.contains(name) ?? true {
                try types[name, default: TFColumnType(name: name)].include(feature, record: count, path: survey.path)
            }
            count += 1
        }
        guard count > 0 else { throw FormatError(.missing, "'\(paths.first ?? "")' has no records.") }
        if let missing = wanted?.first(where: { types[$0] == nil }) {
            throw FormatError(.missing, "No record of '\(paths.first ?? "")' has a feature '\(missing)'.")
        }
        columns = try types.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }.map { type in
            ColumnDescription(type.name, try type.kind(recordCount: count, path: paths.first ?? ""))
        }
        self.count = count
        records = TFRecords(paths)
    }

    /// The next `limit` records; fewer where the files end.
    ///
    /// - Throws: `FormatError` if a file can't be read or has changed.
    public func read(_ limit: Int) throws -> [Column] {
        var values: [[Sample.Value]] = Array(repeating: [], count: columns.count)
        let names = Set(columns.map(\.name))
        var rowCount = 0
        while rowCount < limit, let example = try records.next() {
            let sample = try example.sample(of: names)
            for (index, column) in columns.enumerated() {
                switch (column.kind, sample[column.name]) {
                case (.numbers(_, let shape), .tensor(let tensor)?):
                    values[index].append(.tensor(try tensor.reshaped(to: shape)))
                case (_, let value?) where !value.isEmptyList: values[index].append(value)
                case (.ragged(let dtype), _): values[index].append(.tensor(Tensor(zeros: [0], dtype: dtype)))
                default: values[index].append(.bytes([]))
                }
            }
            rowCount += 1
        }
        return try zip(values, columns).map { try Column($0, $1) }
    }
}

extension Sample.Value {
    fileprivate var isEmptyList: Bool { if case .tensor(let tensor) = self { tensor.count == 0 } else { false } }
}

extension TFExample {
    /// The features of the given names, or all, as columns: vectors and bytes.
    ///
    /// - Throws: `FormatError` if a list of bytes has several elements.
    func sample(of wanted: Set<String>? = nil) throws -> Sample {
        var names: [String] = []
        var values: [Sample.Value] = []
        for (name, feature) in features where wanted?.contains(name) ?? true {
            switch feature {
            case .floats(let elements): values.append(.tensor(Tensor(elements)))
            case .integers(let elements): values.append(.tensor(Tensor(elements)))
            case .bytes(let elements) where elements.count <= 1: values.append(.bytes(elements.first ?? []))
            case .bytes(let elements):
                throw FormatError(
                    .unsupported,
                    "The feature '\(name)' is a list of \(elements.count) byte strings; one has a meaning.")
            case .none: continue
            }
            names.append(name)
        }
        return Sample(names: names, values: values)
    }
}

/// The examples in TFRecord files, one after another.
struct TFRecords {
    private var paths: ArraySlice<String>
    private var parser: TFRecordParser?
    /// The file that is being read.
    private(set) var path = ""

    init(_ paths: [String]) { self.paths = paths[...] }

    /// The next example; nil after the last.
    ///
    /// - Throws: `FormatError` if a file can't be read or is damaged.
    mutating func next() throws -> TFExample? {
        while true {
            if let record = try parser?.next() {
                return try TFExample(record, name: "Record \((parser?.count ?? 1) - 1) of '\(path)'")
            }
            guard let next = paths.popFirst() else { return nil }
            path = next
            parser = TFRecordParser(try openSource(next))
        }
    }
}
