/// `index.json` as it is written, before anything in it is believed.
struct IndexText: Decodable, Equatable {
    var version: Int
    var shards: [Shard]

    struct File: Decodable, Equatable {
        var basename: String
        var bytes: Int
        var hashes: RecordedHashes
    }

    struct Shard: Decodable, Equatable {
        var version: Int
        var format: String
        var compression: String?
        var hashes: [String]
        var sizeLimit: Int?
        var columnNames: [String]
        var columnEncodings: [String]
        var columnSizes: [Int?]
        var samples: Int
        var raw: File
        var zip: File?

        enum CodingKeys: String, CodingKey {
            case version, format, compression, hashes, samples
            case sizeLimit = "size_limit"
            case columnNames = "column_names"
            case columnEncodings = "column_encodings"
            case columnSizes = "column_sizes"
            case raw = "raw_data"
            case zip = "zip_data"
        }
    }
}

/// What is wrong with one shard's entry: words that complete "shard 3 …".
struct BadEntry: Error {
    var code = ShardError.Code.badIndex
    var reason: String
}

extension IndexText {
    /// What the last shard's settings were found to mean: those of most shards are the same.
    struct KnownSettings {
        fileprivate var columns: (names: [String], encodings: [String], sizes: [Int?], meaning: [ShardColumn])?
        fileprivate var compression: (name: String, meaning: ShardCompression)?
    }
}

extension IndexText.Shard {
    /// The entry, if everything in it fits together.
    func entry(_ known: inout IndexText.KnownSettings) throws(BadEntry) -> ShardIndex.Entry {
        guard version == ShardIndex.version else { throw BadEntry(reason: "has version \(version) instead of 2") }
        guard format == "mds" else { throw BadEntry(reason: "has the format `\(format)`; Leat reads `mds`") }
        guard samples >= 0 else { throw BadEntry(reason: "counts \(samples) samples") }
        let columns = try columns(&known)
        let packing = try packing(&known)
        let rawFile = try raw.checked("raw_data")
        let zipFile = try zip.map { file throws(BadEntry) in try file.checked("zip_data") }
        guard rawFile.byteCount <= Int(UInt32.max), samples <= Int(UInt32.max),
            rawFile.byteCount >= ShardIndex.Entry.headerByteCount(sampleCount: samples)
        else {
            throw BadEntry(reason: "states \(rawFile.byteCount) bytes, which can't hold \(samples) samples")
        }
        guard packing == .none ? zipFile == nil : zipFile != nil else {
            throw BadEntry(reason: "names a compression without a compressed file, or the other way round")
        }
        if let zipFile, packing.largestContent(of: zipFile.byteCount) < rawFile.byteCount {
            throw BadEntry(
                reason: "states \(rawFile.byteCount) bytes, to which \(zipFile.byteCount) bytes can't unpack")
        }
        return ShardIndex.Entry(
            columns: columns, sampleCount: samples, compression: packing, raw: rawFile, zip: zipFile,
            hashNames: hashes, sizeLimit: sizeLimit)
    }

    private func columns(_ known: inout IndexText.KnownSettings) throws(BadEntry) -> [ShardColumn] {
        if let last = known.columns, columnNames == last.names, columnEncodings == last.encodings,
            columnSizes == last.sizes
        {
            return last.meaning
        }
        let columns = try columns()
        known.columns = (columnNames, columnEncodings, columnSizes, columns)
        return columns
    }

    private func packing(_ known: inout IndexText.KnownSettings) throws(BadEntry) -> ShardCompression {
        guard let name = compression else { return .none }
        if let last = known.compression, name == last.name { return last.meaning }
        guard let packing = ShardCompression(name: name), packing != .none else {
            throw BadEntry(
                code: .unknownCompression,
                reason: "has the compression `\(name)`; Leat reads `zstd` and `gz`, with or without `:level`")
        }
        known.compression = (name, packing)
        return packing
    }

    private func columns() throws(BadEntry) -> [ShardColumn] {
        guard columnNames.count == columnEncodings.count, columnNames.count == columnSizes.count else {
            throw BadEntry(
                reason: "has \(columnNames.count) column names, \(columnEncodings.count) encodings and "
                    + "\(columnSizes.count) sizes")
        }
        guard !columnNames.isEmpty else { throw BadEntry(reason: "has no columns") }
        guard Set(columnNames).count == columnNames.count else {
            throw BadEntry(reason: "has two columns with the same name")
        }
        var columns: [ShardColumn] = []
        for (name, (encodingName, size)) in Swift.zip(columnNames, Swift.zip(columnEncodings, columnSizes)) {
            guard encodingName != "pkl" else {
                throw BadEntry(
                    code: .unsafeEncoding,
                    reason: "has a column `\(name)` of pickles, which run code when they are read; "
                        + "write it with another encoding")
            }
            guard let encoding = ShardEncoding(name: encodingName) else {
                throw BadEntry(
                    code: .unknownEncoding,
                    reason: "has a column `\(name)` with the encoding `\(encodingName)`, which Leat does not read")
            }
            guard size == encoding.fixedByteCount else {
                let expected = encoding.fixedByteCount.map { "\($0) bytes" } ?? "none"
                throw BadEntry(
                    reason: "has a column `\(name)` of \(encodingName) with the size "
                        + "\(size.map(String.init) ?? "null") where that encoding's is \(expected)")
            }
            columns.append(ShardColumn(name, encoding))
        }
        return columns
    }
}

extension IndexText.File {
    /// The file, if its name stays inside the folder and its size can be one.
    ///
    /// The name may lead into a folder below, as merged datasets have it. Links in the folder are followed: the
    /// folder's owner made them, the index can't.
    func checked(_ key: String) throws(BadEntry) -> ShardIndex.File {
        guard staysInside else {
            throw BadEntry(reason: "has a \(key) file `\(basename)`, a name that leads out of the dataset's folder")
        }
        guard bytes >= 0 else { throw BadEntry(reason: "has a \(key) file of \(bytes) bytes") }
        return ShardIndex.File(name: basename, byteCount: bytes, recorded: hashes)
    }

    /// Whether each part of the name is one, and none leads up.
    private var staysInside: Bool {
        var name = basename
        return name.withUTF8 { name in
            var begin = 0
            for end in 0...name.count where end == name.count || name[end] == UInt8(ascii: "/") {
                let part = name[begin..<end]
                let isDots = part.count <= 2 && part.allSatisfy { $0 == UInt8(ascii: ".") }
                guard !isDots, !part.contains(0) else { return false }
                begin = end + 1
            }
            return true
        }
    }
}
