import LeatCore
import LeatPipeline

/// Reads tar archives of WebDataset's form: files with one name and different extensions are a sample.
///
/// Archives may be compressed with gzip or zstd. The first sample says which fields there are: each is a column, named
/// after its extension, and every sample must have it. Where columns are chosen, what has none of these fields is no
/// sample: notes beside the data. `cls` and the like are whole numbers, `txt` and `json` texts, `npy` arrays, `jpg` and
/// `png` images, and all others bytes; `__key__`, on request, is the samples' common name.
public final class TarReader: SampleReader {
    /// A column for each field of the first sample, and `__key__` on request.
    public let columns: [ColumnDescription]
    /// Not known before the last archive has been read.
    public let count: Int? = nil

    private var samples: TarSamples
    private let fields: [String]
    private let kinds: [TarFieldKind]
    private let isExact: Bool
    private var first: TarSamples.Group?

    /// A reader of the archives at the paths, one after another.
    ///
    /// - Parameters:
    ///   - paths: The archives.
    ///   - wanted: The columns that every sample must have; nil for those of the first sample, and no others.
    /// - Throws: `FormatError` if an archive can't be read, or if there is no sample.
    public init(_ paths: [String], wanted: [String]? = nil) throws {
        samples = TarSamples(paths, wanted: wanted)
        guard let first = try samples.next() else {
            let what =
                samples.wanted.map { "the extension '\($0.sorted().joined(separator: "', '"))'" } ?? "an extension"
            throw FormatError(
                .missing, "'\(paths.first ?? "")' has no samples: no file in it has \(what).")
        }
        self.first = first
        isExact = wanted == nil
        let all = first.fields.map(\.name)
        fields = wanted.map { wanted in all.filter(wanted.contains) } ?? all
        if let missing = wanted?.first(where: { !all.contains($0) && $0 != TarSamples.keyColumn }) {
            throw FormatError(
                .missing,
                "'\(first.key)' in '\(first.path)' has no field '\(missing)'; it has \(all.joined(separator: ", ")).")
        }
        kinds = fields.map { TarFieldKind(field: $0) }
        columns =
            try zip(fields, kinds).map { field, kind in
                ColumnDescription(field, try Self.columnKind(kind, field, first))
            } + [ColumnDescription(TarSamples.keyColumn, .text, isOptional: true)]
    }

    private static func columnKind(_ kind: TarFieldKind, _ field: String, _ group: TarSamples.Group) throws
        -> ColumnKind
    {
        switch kind {
        case .number: return .numbers(.int64, [])
        case .text: return .text
        case .jpeg: return .jpeg
        case .png: return .png
        case .bytes: return .bytes
        case .array:
            guard case .tensor(let tensor) = try group.value(field, kind) else { return .bytes }
            return .ragged(tensor.dtype)
        }
    }

    /// The next `limit` samples; fewer where the archives end.
    ///
    /// - Throws: `FormatError` if an archive can't be read, is damaged, or a sample has other fields than the first.
    public func read(_ limit: Int) throws -> [Column] {
        var values: [[Sample.Value]] = Array(repeating: [], count: fields.count)
        var keys: [String] = []
        while keys.count < limit {
            guard let group = try first ?? samples.next() else { break }
            first = nil
            if isExact, let odd = group.fields.first(where: { !fields.contains($0.name) }) {
                throw FormatError(
                    .corrupt,
                    "'\(group.key)' in '\(group.path)' has a field '\(odd.name)' that the first sample doesn't have; "
                        + "choose the columns by name to leave it out.")
            }
            for (index, field) in fields.enumerated() { values[index].append(try group.value(field, kinds[index])) }
            keys.append(group.key)
        }
        var block = try zip(values, columns).map { values, column in try Column(values, column) }
        block.append(.text(keys))
        return block
    }
}

/// The samples of tar archives, one after another.
struct TarSamples {
    /// The files of one sample.
    struct Group {
        var key: String
        /// The archive.
        var path: String
        var fields: [(name: String, bytes: [UInt8])] = []

        /// The value of a field.
        ///
        /// - Throws: `FormatError` if it is missing or its bytes are not what its extension says.
        func value(_ name: String, _ kind: TarFieldKind) throws -> Sample.Value {
            guard let field = fields.first(where: { $0.name == name }) else {
                throw FormatError(
                    .missing,
                    "'\(key)' in '\(path)' has no field '\(name)'; "
                        + "it has \(fields.map(\.name).joined(separator: ", ")).")
            }
            return try kind.value(field.bytes, name: "'\(key).\(name)' in '\(path)'")
        }
    }

    /// The name of the column of keys.
    static let keyColumn = "__key__"

    /// The fields of which a sample has one or more; nil for any.
    let wanted: Set<String>?

    private var paths: ArraySlice<String>
    private var archive: (path: String, parser: TarParser)?
    private var pending: (name: TarFieldName, bytes: [UInt8])?

    init(_ paths: [String], wanted: [String]? = nil) {
        self.paths = paths[...]
        let fields = Set(wanted ?? []).subtracting([Self.keyColumn])
        self.wanted = fields.isEmpty ? nil : fields
    }

    /// The next sample; nil after the last.
    ///
    /// A sample never spans two archives.
    ///
    /// - Throws: `FormatError` if an archive can't be read or is damaged, or a sample has a field twice.
    mutating func next() throws -> Group? {
        while let group = try nextGroup() {
            guard let wanted else { return group }
            if group.fields.contains(where: { wanted.contains($0.name) }) { return group }
        }
        return nil
    }

    private mutating func nextGroup() throws -> Group? {
        var group: Group?
        while true {
            if pending == nil { pending = try nextFile() }
            guard let file = pending, let path = archive?.path else {
                if archive != nil { archive = nil }
                if group != nil { return group }
                guard let next = paths.popFirst() else { return nil }
                archive = (next, TarParser(try openSource(next)))
                continue
            }
            if group == nil { group = Group(key: file.name.key, path: path) }
            guard group?.key == file.name.key else { return group }
            guard group?.fields.contains(where: { $0.name == file.name.field }) == false else {
                throw FormatError(
                    .corrupt, "'\(file.name.key)' in '\(path)' has two files of the field '\(file.name.field)'.")
            }
            group?.fields.append((file.name.field, file.bytes))
            pending = nil
        }
    }

    private mutating func nextFile() throws -> (name: TarFieldName, bytes: [UInt8])? {
        while let entry = try archive?.parser.next() {
            guard let name = TarFieldName(entry.name) else { continue }
            // What nobody wants isn't read, but told of.
            let isWanted = wanted?.contains(name.field) ?? true
            return (name, isWanted ? try archive?.parser.content() ?? [] : [])
        }
        return nil
    }
}
