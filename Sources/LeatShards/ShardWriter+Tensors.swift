public import LeatCore

extension ShardWriter {
    /// Writes a whole dataset from tensors in memory, a sample for each row of axis 0.
    ///
    /// ```swift
    /// try ShardWriter.write(["x": images, "y": labels], to: "train/")
    /// ```
    ///
    /// - Parameters:
    ///   - columns: The tensors, all with the same number of rows. A vector becomes a column of numbers, others become
    ///     columns of arrays of a fixed shape.
    ///   - path: The folder, made if it is missing; it must not hold a dataset already.
    ///   - compression: How shards are compressed.
    ///   - hashes: The hashes that are recorded of each file.
    ///   - sizeLimit: The largest uncompressed shard in bytes.
    /// - Throws: `ShardError` if the tensors' numbers of rows differ, or the dataset can't be written.
    public static func write(
        _ columns: [String: Tensor], to path: String, compression: ShardCompression = .zstd(level: 3),
        hashes: [ShardHash] = [.xxh64], sizeLimit: Int? = 64 << 20
    ) throws {
        let counts = Set(columns.values.map { $0.rank == 0 ? -1 : $0.length })
        guard counts.count <= 1, counts != [-1] else {
            let shapes = columns.map { "\($0): \($1.shape)" }.sorted().joined(separator: ", ")
            throw ShardError(.badValue, path, "Columns must have the same number of rows; there are \(shapes).")
        }
        let writer = try ShardWriter(
            path, columns: columns.mapValues(\.encodingOfRows), compression: compression, hashes: hashes,
            sizeLimit: sizeLimit)
        try writer.append(rows: columns)
        try writer.finish()
    }
}

extension Tensor {
    /// The column that holds this tensor's rows.
    fileprivate var encodingOfRows: ShardEncoding {
        rank == 1 ? (dtype == .int64 ? .int : .scalar(dtype)) : .array(dtype, shape.droppingFirst)
    }
}
