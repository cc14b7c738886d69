public import LeatCore
import LeatPipeline

/// Writes a dataset of shards, sample by sample: MosaicML Streaming's MDS format, which its readers read.
///
/// ```swift
/// let writer = try ShardWriter("train/", columns: ["x": .array(.uint8, [28, 28]), "y": .int])
/// for (image, label) in samples { try writer.append(["x": .tensor(image), "y": .int(label)]) }
/// try writer.finish()
/// ```
///
/// While one shard is filled, others are compressed and written, one a processor. Each file is written under a temporary
/// name, made durable and then renamed, and the index is written last: what was not finished does not open. A writer that
/// goes away unfinished removes its shards. One that was killed can be gone on from.
public final class ShardWriter {
    /// The folder that is written to.
    public let folder: String
    /// The columns in the order of their bytes in a sample: sorted by name.
    public let columns: [ShardColumn]
    /// The number of samples appended so far.
    public private(set) var sampleCount = 0

    private let sizeLimit: Int?
    private let header: String
    private let press: ShardPress
    /// Held until the dataset is finished.
    private var lock: FolderLock?
    private var shardCount = 0
    private var builder: ShardBuilder
    private var scratch: [UInt8] = []
    private var state = State.open

    private enum State {
        case open, failed, finished
    }

    /// Begins a dataset in a folder, which is made if it is missing, or goes on with one.
    ///
    /// - Parameters:
    ///   - path: The folder. It must not hold an index or shards already, but those that are gone on from.
    ///   - columns: The names and encodings of the columns.
    ///   - compression: How shards are compressed.
    ///   - hashes: The hashes that are recorded of each file.
    ///   - sizeLimit: The largest uncompressed shard in bytes, as Streaming counts it; a sample that is larger makes a
    ///     larger shard. Without a limit, a shard grows to 4 GiB.
    ///   - threads: The shards that are compressed at a time; nil for one a processor, as far as 512 MiB go.
    ///   - resumeKey: What is being written, in words of the caller's. With a key, shards that a writer with the same key
    ///     and settings has written before it was killed are kept, and `sampleCount` says how many samples these are:
    ///     those are not to be appended again.
    /// - Throws: `ShardError` if the folder holds a dataset, can't be made or is being written to by another writer, or a
    ///   setting is out of range.
    public init(
        _ path: String, columns: [String: ShardEncoding], compression: ShardCompression = .zstd(level: 3),
        hashes: [ShardHash] = [.xxh64], sizeLimit: Int? = 64 << 20, threads: Int? = nil, resumeKey: String? = nil
    ) throws {
        let settings = ShardPress.Settings(
            folder: ShardFiles.absolute(path),
            columns: columns.map { ShardColumn($0.key, $0.value) }.sorted { precedes($0.name, $1.name) },
            compression: compression, hashes: Set(hashes).sorted { precedes($0.rawValue, $1.rawValue) },
            sizeLimit: sizeLimit)
        try settings.check()
        folder = settings.folder
        self.columns = settings.columns
        self.sizeLimit = sizeLimit
        header = settings.header
        builder = ShardBuilder(header: header)
        try ShardFiles.createFolder(folder)
        lock = try FolderLock(folder)
        var (journal, done): (ShardJournal?, [ShardIndex.Entry]) = (nil, [])
        if let resumeKey { (journal, done) = try ShardJournal.open(in: folder, key: header + " " + resumeKey) }
        try Self.checkContent(of: folder, besides: done, removesRest: journal != nil)
        let most = max(1, Self.mostMemory / max(1, min(sizeLimit ?? .max, 1 << 32)))
        press = ShardPress(settings, threads: threads ?? min(Processors.count, most), journal: journal, done: done)
        shardCount = done.count
        sampleCount = done.reduce(0) { $0 + $1.sampleCount }
    }

    /// The memory that shards may take which are being compressed.
    private static let mostMemory = 512 << 20

    deinit { if state != .finished { press.discard() } }

    /// Refuses a folder with a dataset; in one that is gone on with, shards that were not finished are removed.
    private static func checkContent(
        of folder: String, besides done: [ShardIndex.Entry], removesRest: Bool
    ) throws(ShardError) {
        let known = Set(done.map(\.stored.name))
        for name in try ShardFiles.names(in: folder) where !known.contains(name) {
            guard name == ShardIndex.fileName || name.hasPrefix("shard.") else { continue }
            guard removesRest, name != ShardIndex.fileName else {
                throw ShardError(
                    .alreadyExists, folder, "holds `\(name)`; a dataset is written to a folder without another one.")
            }
            ShardFiles.remove(ShardFiles.join(folder, name))
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
        guard builder.byteCount(adding: scratch.count) <= Int(UInt32.max) else { throw tooLarge(scratch.count) }
        builder.append(scratch)
        sampleCount += 1
    }

    /// Appends a sample for each row of the tensors; now and then this writes a shard.
    ///
    /// - Throws: `ShardError` if a column has no tensor, or one of another element type or shape of rows, or their numbers
    ///   of rows differ, and nothing is appended; or if a shard can't be written.
    public func append(rows: [String: Tensor]) throws {
        try checkOpen()
        let (tensors, sizes) = try matched(rows)
        let (count, size) = (tensors.first?.length ?? 0, sizes.reduce(0, +))
        var row = 0
        while row < count {
            let room = builder.room(for: size, limit: min(sizeLimit ?? .max, Int(UInt32.max)))
            if room == 0, builder.sampleCount > 0 {
                try writeShard()
                continue
            }
            let part = row..<row + min(max(room, 1), count - row)
            guard builder.byteCount(adding: size) <= Int(UInt32.max) else { throw tooLarge(size) }
            builder.append(part, of: tensors, sizes: sizes)
            sampleCount += part.count
            row = part.upperBound
        }
    }

    /// The tensors in the order of the columns, and the bytes of a row of each.
    private func matched(_ rows: [String: Tensor]) throws(ShardError) -> (tensors: [Tensor], sizes: [Int]) {
        var tensors: [Tensor] = []
        var sizes: [Int] = []
        for column in columns {
            guard let tensor = rows[column.name], let element = column.encoding.fixedElement, tensor.rank > 0,
                tensor.dtype == element.dtype, tensor.shape.droppingFirst == element.shape,
                tensor.length == tensors.first?.length ?? tensor.length
            else {
                let given = rows[column.name].map { "\($0)" } ?? "nothing"
                throw ShardError(
                    .badValue, folder, "Rows for the column `\(column.name)` of \(column.encoding) can't be \(given).")
            }
            tensors.append(tensor)
            sizes.append(element.shape.count * element.dtype.byteCount)
        }
        if let extra = rows.keys.first(where: { name in !columns.contains { $0.name == name } }) {
            throw ShardError(.badValue, folder, "There are rows for `\(extra)`, which is no column.")
        }
        return (tensors, sizes)
    }

    private func tooLarge(_ byteCount: Int) -> ShardError {
        ShardError(.badValue, folder, "Sample \(sampleCount) has \(byteCount) bytes; a shard takes less than 4 GiB.")
    }

    private func writeShard() throws(ShardError) {
        state = .failed
        let full = builder
        builder = ShardBuilder(header: header)
        try press.press(full, number: shardCount)
        shardCount += 1
        state = .open
    }

    /// Writes the last shard and the index; only then is there a dataset.
    ///
    /// - Throws: `ShardError` if a file can't be written, or if the writer has failed or finished before.
    public func finish() throws {
        try checkOpen()
        if builder.sampleCount > 0 { try writeShard() }
        state = .failed
        let shards = try press.finish()
        ShardFiles.synchronize(folder: folder)
        var text = ShardIndex(shards: shards).json
        let path = ShardFiles.join(folder, ShardIndex.fileName)
        try text.withUTF8 { try ShardFiles.write(UnsafeRawBufferPointer($0), to: path) }
        press.forget()
        ShardFiles.synchronize(folder: folder)
        lock = nil
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
