extension ShardPress.Settings {
    /// The text between a shard's offsets and its samples.
    var header: String {
        ShardIndex.Entry(
            columns: columns, sampleCount: 0, compression: compression,
            raw: ShardIndex.File(name: "", byteCount: 0, hashes: [:]), zip: nil, hashNames: hashes.map(\.rawValue),
            sizeLimit: sizeLimit
        ).header
    }

    /// Checks what a writer was told.
    ///
    /// - Throws: `ShardError` if a setting is out of range.
    func check() throws(ShardError) {
        guard !columns.isEmpty else { throw ShardError(.badColumn, folder, "A dataset has one column or more.") }
        for column in columns where ShardEncoding(name: column.encoding.name) != column.encoding {
            throw ShardError(
                .badColumn, folder,
                "The column `\(column.name)` can't have the encoding `\(column.encoding)`: arrays of a fixed shape have "
                    + "one axis or more, and one element or more.")
        }
        guard compression.name.map({ ShardCompression(name: $0) == compression }) ?? true else {
            throw ShardError(.unknownCompression, folder, "There is no compression `\(compression.name ?? "")`.")
        }
        guard sizeLimit.map({ 1...Int(UInt32.max) ~= $0 }) ?? true else {
            throw ShardError(.outOfRange, folder, "A shard's size limit is 1 to \(UInt32.max) bytes.")
        }
    }
}
