import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Turns a source's samples into a folder of shards; what `leat pack` does.
struct Packing {
    /// What became of one split.
    struct Result: Encodable, Equatable {
        var split: String?
        var path: String
        var samples: Int
        var shards: Int
        /// The bytes of the shards before compression.
        var rawBytes: Int
        /// The bytes of the shards as they are stored.
        var storedBytes: Int
    }

    var source: SampleSource
    var output: String
    var columns: [ColumnChoice]?
    /// The one split to pack; all of them into a folder each where it is nil.
    var split: String?
    var compression: ShardCompression = .zstd(level: 3)
    var hashes: [ShardHash] = [.xxh64]
    var sizeLimit: Int? = 64 << 20
    var isReplacing = false
    /// What tells this packing from others: the source's content and all that is done to it.
    var task = UUID().uuidString

    /// The bytes of samples that are read at once.
    private static let blockByteCount = 8 << 20

    /// Packs and says what was made.
    ///
    /// - Throws: `FormatError` about the source, `ShardError` about the shards.
    func run() throws -> [Result] {
        let folder = try OutputFolder(output, isReplaced: isReplacing, task: task)
        let splits = split.map { [$0] } ?? source.splitNames
        var results: [Result] = []
        if splits.isEmpty || split != nil {
            let reader = try source.reader(split: split, columns: columns)
            results.append(try pack(reader, to: folder.stagingPath, finalPath: folder.path))
        } else {
            for split in splits {
                let reader = try source.reader(split: split, columns: columns)
                let staging = "\(folder.stagingPath)/\(split)"
                var result = try pack(reader, to: staging, finalPath: "\(folder.path)/\(split)")
                result.split = split
                results.append(result)
            }
        }
        try folder.commit()
        return results
    }

    private func pack(_ reader: any SampleReader, to path: String, finalPath: String) throws -> Result {
        let encodings = Dictionary(uniqueKeysWithValues: reader.columns.map { ($0.name, ShardEncoding($0.kind)) })
        for case let (name, .array(dtype, shape)) in encodings where shape.count == 0 {
            throw FormatError(
                .unsupported, "'\(source.path)' has no values in the rows of '\(name)', which are \(dtype)\(shape).")
        }
        guard reader.count != 0 else { throw FormatError(.missing, "'\(source.path)' has no samples.") }
        if !FileManager.default.fileExists(atPath: "\(path)/\(ShardIndex.fileName)") {
            try write(reader, encodings, to: path, finalPath)
        }
        let shards = try ShardIndex(folder: path).shards
        return Result(
            path: finalPath, samples: shards.reduce(0) { $0 + $1.sampleCount }, shards: shards.count,
            rawBytes: shards.reduce(0) { $0 + $1.raw.byteCount },
            storedBytes: shards.reduce(0) { $0 + $1.stored.byteCount })
    }
    private func write(
        _ reader: any SampleReader, _ encodings: [String: ShardEncoding], to path: String, _ finalPath: String
    ) throws {
        let writer = try ShardWriter(
            path, columns: encodings, compression: compression, hashes: hashes, sizeLimit: sizeLimit, resumeKey: task)
        let rowByteCount = reader.columns.reduce(0) { $0 + $1.kind.byteCountGuess }
        let blockSize = min(max(1, Self.blockByteCount / max(1, rowByteCount)), 4096)
        var progress = ProgressLine(finalPath, total: reader.count)
        var left = writer.sampleCount
        if left > 0 { Console.complain("Going on after \(counted(left, "sample")) that were packed before.") }
        while true {
            let block = try reader.read(blockSize)
            guard let count = block.first?.count, count > 0 else { break }
            let skipped = min(left, count)
            left -= skipped
            if skipped < count { try append(block, from: skipped, count, reader.columns, to: writer) }
            progress.update(writer.sampleCount)
        }
        progress.finish()
        try writer.finish()
    }

    /// Appends the samples of a block from some on: at once where all are numbers, or one by one.
    private func append(
        _ block: [Column], from first: Int, _ count: Int, _ columns: [ColumnDescription], to writer: ShardWriter
    ) throws {
        let names = columns.map(\.name)
        let tensors = try block.compactMap { column in
            if case .numbers(let tensor) = column { try tensor[first..<count] } else { nil }
        }
        if tensors.count == block.count {
            return try writer.append(rows: Dictionary(uniqueKeysWithValues: zip(names, tensors)))
        }
        let values = try block.map { try $0.shardValues() }
        for row in first..<count {
            try writer.append(Dictionary(uniqueKeysWithValues: zip(names, values.map { $0[row] })))
        }
    }
}
