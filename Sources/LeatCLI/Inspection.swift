import Leat

/// What a dataset holds, from its index alone; what `leat inspect` shows.
struct Inspection: Encodable, Equatable {
    struct ColumnSummary: Encodable, Equatable {
        var name: String
        var encoding: String
        /// Nil where values differ in size.
        var bytes: Int?
    }

    var split: String?
    var path: String
    var samples: Int
    var shards: Int
    /// The bytes of the shards before compression.
    var rawBytes: Int
    /// The bytes of the shards as they are stored.
    var storedBytes: Int
    /// The compressions in use; one in most datasets.
    var compression: [String]
    var hashes: [String]
    var columns: [ColumnSummary]

    /// Reads the index of a dataset.
    ///
    /// - Throws: `ShardError` if it can't be read.
    init(_ part: DatasetFolder.Part) throws {
        let index = try ShardIndex(folder: part.path)
        split = part.split
        path = part.path
        samples = index.sampleCount
        shards = index.shards.count
        rawBytes = index.shards.reduce(0) { $0 + $1.raw.byteCount }
        storedBytes = index.shards.reduce(0) { $0 + $1.stored.byteCount }
        compression = Set(index.shards.map { $0.compression.name ?? "none" }).sorted()
        hashes = Set(index.shards.flatMap(\.hashNames)).sorted()
        columns = index.columns.map {
            ColumnSummary(name: $0.name, encoding: $0.encoding.name, bytes: $0.encoding.fixedByteCount)
        }
    }

    /// The lines of a table.
    var lines: [String] {
        let width = columns.map(\.name.count).max() ?? 0
        let encodingWidth = columns.map(\.encoding.count).max() ?? 0
        let hashes = hashes.isEmpty ? "no checksums" : hashes.joined(separator: ", ")
        return [
            path,
            "  \(counted(samples, "sample")) in \(counted(shards, "shard"))",
            "  \(ByteCount(rawBytes)) stored as \(ByteCount(storedBytes)) "
                + "(\(compression.joined(separator: ", ")); \(hashes))",
        ]
            + columns.map { column in
                let name = column.name + String(repeating: " ", count: width - column.name.count)
                let gap = String(repeating: " ", count: encodingWidth - column.encoding.count)
                let size = column.bytes.map { counted($0, "byte") } ?? "variable"
                return "  \(name)  \(column.encoding)\(gap)  \(size)"
            }
    }
}
