/// Writes a dataset of shards, sample by sample: MosaicML Streaming's MDS format, which its readers read.
///
/// ```swift
/// let writer = try ShardWriter("train/", columns: ["x": .array(.uint8, [28, 28]), "y": .int])
/// for (image, label) in samples { try writer.append(["x": .tensor(image), "y": .int(label)]) }
/// try writer.finish()
/// ```
///
/// One shard at a time is in memory. Each file is written under a temporary name, made durable and then renamed, and the
/// index is written last: what was not finished does not open. A writer that goes away unfinished removes its shards.
public final class ShardWriter {
    /// The folder that is written to.
    public let folder: String
    /// The columns in the order of their bytes in a sample: sorted by name.
    public let columns: [ShardColumn]
    /// The number of samples appended so far.
    public private(set) var sampleCount = 0

    private let compression: ShardCompression
    private let hashes: [ShardHash]
    private let sizeLimit: Int?
    private let header: String
    private var shards: [ShardIndex.Entry] = []
    private var builder: ShardBuilder
    private var scratch: [UInt8] = []
    private var state = State.open

    private enum State {
        case open, failed, finished
    }

    /// Begins a dataset in a folder, which is made if it is missing.
    ///
    /// - Parameters:
    ///   - path: The folder. It must not hold an index or shards already.
    ///   - columns: The names and encodings of the columns.
    ///   - compression: How shards are compressed.
    ///   - hashes: The hashes that are recorded of each file.
    ///   - sizeLimit: The largest uncompressed shard in bytes, as Streaming counts it; a sample that is larger makes a
    ///     larger shard. Without a limit, a shard grows to 4 GiB.
    /// - Throws: `ShardError` if the folder holds a dataset or can't be made, or a setting is out of range.
    public init(
        _ path: String, columns: [String: ShardEncoding], compression: ShardCompression = .zstd(level: 3),
        hashes: [ShardHash] = [.xxh64], sizeLimit: Int? = 64 << 20
    ) throws {
        folder = ShardFiles.absolute(path)
        self.columns = columns.map { ShardColumn($0.key, $0.value) }.sorted { precedes($0.name, $1.name) }
        self.compression = compression
        self.hashes = Set(hashes).sorted { precedes($0.rawValue, $1.rawValue) }
        self.sizeLimit = sizeLimit
        header =
            ShardIndex.Entry(
                columns: self.columns, sampleCount: 0, compression: compression,
                raw: ShardIndex.File(name: "", byteCount: 0, hashes: [:]), zip: nil,
                hashNames: self.hashes.map(\.rawValue), sizeLimit: sizeLimit
            ).header
        builder = ShardBuilder(header: header)
        try checkSettings()
        try ShardFiles.createFolder(folder)
        if let name = try ShardFiles.names(in: folder).first(where: {
            $0 == ShardIndex.fileName || $0.hasPrefix("shard.")
        }) {
            state = .failed
            throw ShardError(
                .alreadyExists, folder, "holds `\(name)`; a dataset is written to a folder without another one.")
        }
    }

    deinit {
        guard state != .finished else { return }
        for shard in shards { ShardFiles.remove(ShardFiles.join(folder, shard.stored.name)) }
    }

    private func checkSettings() throws(ShardError) {
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

    /// Appends a sample, a value for each column; now and then this writes a shard.
    ///
    /// - Throws: `ShardError` if a value is missing, superfluous or does not fit its column, and nothing is appended; or if
    ///   a shard can't be written, and the dataset can't be finished any more.
    public func append(_ sample: ShardSample) throws {
        try checkOpen()
        scratch.removeAll(keepingCapacity: true)
        let variableCount = columns.count { $0.encoding.fixedByteCount == nil }
        scratch.append(contentsOf: repeatElement(0, count: 4 * variableCount))
        var variable = 0
        for column in columns {
            guard let value = sample[column.name] else {
                throw ShardError(
                    .badValue, folder, "Sample \(sampleCount) has no value for the column `\(column.name)`.")
            }
            let begin = scratch.count
            do { try column.encoding.encode(value, to: &scratch) } catch {
                throw ShardError(
                    .badValue, folder, "Sample \(sampleCount) has for column `\(column.name)` \(error.reason).")
            }
            guard column.encoding.fixedByteCount == nil else { continue }
            let size = scratch.count - begin
            scratch.withUnsafeMutableBytes {
                $0.storeBytes(
                    of: UInt32(truncatingIfNeeded: size).littleEndian, toByteOffset: 4 * variable, as: UInt32.self)
            }
            variable += 1
        }
        guard sample.count == columns.count else {
            let extra = sample.keys.first { name in !columns.contains { $0.name == name } } ?? ""
            throw ShardError(.badValue, folder, "Sample \(sampleCount) has a value for `\(extra)`, which is no column.")
        }
        try appendScratch()
    }

    private func appendScratch() throws(ShardError) {
        let limit = min(sizeLimit ?? .max, Int(UInt32.max))
        // Streaming writes an empty shard where the very first sample is over the limit; readers need none.
        if builder.byteCount(adding: scratch.count) > limit, builder.sampleCount > 0 { try writeShard() }
        guard builder.byteCount(adding: scratch.count) <= Int(UInt32.max) else {
            throw ShardError(
                .badValue, folder, "Sample \(sampleCount) has \(scratch.count) bytes; a shard takes less than 4 GiB.")
        }
        builder.append(scratch)
        sampleCount += 1
    }

    private func writeShard() throws(ShardError) {
        state = .failed
        var name = "\(shards.count)"
        name = "shard." + String(repeating: "0", count: max(0, 5 - name.utf8.count)) + name + ".mds"
        let raw: ShardMemory
        var zip: ShardMemory?
        do {
            raw = try builder.build()
            if compression != .none {
                zip = try raw.withBytes { bytes throws(Malformed) in
                    try compression.pack(UnsafeRawBufferPointer(bytes))
                }
            }
        } catch {
            throw ShardError(.unwritable, folder, "The shard `\(name)` can't be made: \(error.reason).")
        }
        let entry = ShardIndex.Entry(
            columns: columns, sampleCount: builder.sampleCount, compression: compression,
            raw: described(raw, name), zip: zip.map { described($0, name + compression.fileExtension) },
            hashNames: hashes.map(\.rawValue), sizeLimit: sizeLimit)
        try (zip ?? raw).withBytes { bytes throws(ShardError) in
            try ShardFiles.write(UnsafeRawBufferPointer(bytes), to: ShardFiles.join(folder, entry.stored.name))
        }
        shards.append(entry)
        builder = ShardBuilder(header: header)
        state = .open
    }

    private func described(_ memory: ShardMemory, _ name: String) -> ShardIndex.File {
        memory.withBytes { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            return ShardIndex.File(
                name: name, byteCount: bytes.count,
                hashes: Dictionary(uniqueKeysWithValues: hashes.map { ($0.rawValue, $0.digest(of: bytes)) }))
        }
    }

    /// Writes the last shard and the index; only then is there a dataset.
    ///
    /// - Throws: `ShardError` if a file can't be written, or if the writer has failed or finished before.
    public func finish() throws {
        try checkOpen()
        if builder.sampleCount > 0 { try writeShard() }
        state = .failed
        ShardFiles.synchronize(folder: folder)
        var text = ShardIndex(shards: shards).json
        let path = ShardFiles.join(folder, ShardIndex.fileName)
        try text.withUTF8 { try ShardFiles.write(UnsafeRawBufferPointer($0), to: path) }
        ShardFiles.synchronize(folder: folder)
        state = .finished
    }

    private func checkOpen() throws(ShardError) {
        switch state {
        case .open: return
        case .failed: throw ShardError(.unwritable, folder, "The dataset can't be continued after an error.")
        case .finished: throw ShardError(.unwritable, folder, "The dataset is finished.")
        }
    }
}
