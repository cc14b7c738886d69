import Leat

/// What a source that is not packed yet holds; what `leat inspect` shows of it.
struct SourceInspection: Encodable, Equatable {
    struct ColumnSummary: Encodable, Equatable {
        var name: String
        /// The encoding that it would have in shards.
        var encoding: String
        /// Whether it is packed only when it is asked for.
        var isOptional: Bool
    }

    var split: String?
    var path: String
    var format: String
    /// Nil where only reading the whole source would tell.
    var samples: Int?
    var columns: [ColumnSummary]

    /// An inspection of each split.
    ///
    /// - Throws: `FormatError` if the source can't be read.
    static func all(_ source: SampleSource) throws -> [SourceInspection] {
        let splits = source.splitNames.isEmpty ? [nil] : source.splitNames.map { Optional($0) }
        return try splits.map { split in
            let reader = try source.unselectedReader(split: split)
            return SourceInspection(
                split: split, path: source.path, format: source.format.rawValue, samples: reader.count,
                columns: reader.columns.map {
                    ColumnSummary(name: $0.name, encoding: ShardEncoding($0.kind).name, isOptional: $0.isOptional)
                })
        }
    }

    /// The lines of a table.
    var lines: [String] {
        let width = columns.map(\.name.count).max() ?? 0
        let count = samples.map { counted($0, "sample") } ?? "samples that nobody has counted"
        return ["\(path)\(split.map { " (\($0))" } ?? "")", "  \(format), \(count)"]
            + columns.map { column in
                let gap = String(repeating: " ", count: width - column.name.count)
                return "  \(column.name)\(gap)  \(column.encoding)\(column.isOptional ? "  on request" : "")"
            }
    }
}
