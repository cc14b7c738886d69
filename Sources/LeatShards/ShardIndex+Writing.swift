extension ShardIndex {
    /// The text of the index, byte for byte as MosaicML Streaming writes it: Python's `json.dumps` with sorted keys.
    public var json: String { String(decoding: jsonBytes, as: UTF8.self) }

    /// A hash of everything that the index says.
    public var fingerprint: String { Self.fingerprint(of: jsonBytes) }

    /// The fingerprint of the index that is written as that text.
    static func fingerprint(of text: [UInt8]) -> String { text.withUnsafeBytes { ShardHash.xxh64.digest(of: $0) } }

    private var jsonBytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(shards.count * 512 + 64)
        bytes += "{\"shards\": [".utf8
        var frame: Entry.Frame?
        for (number, entry) in shards.enumerated() {
            if number > 0 { bytes += ", ".utf8 }
            let fitting = if let frame, frame.fits(entry) { frame } else { Entry.Frame(entry) }
            fitting.write(entry, to: &bytes)
            frame = fitting
        }
        bytes += "], \"version\": \(Self.version)}".utf8
        return bytes
    }
}

extension ShardIndex.Entry {
    /// The settings that a shard carries in its own header.
    private var settings: [(key: String, value: PythonJSON)] {
        [
            ("column_encodings", .array(columns.map { .string($0.encoding.name) })),
            ("column_names", .array(columns.map { .string($0.name) })),
            ("column_sizes", .array(columns.map { $0.encoding.fixedByteCount.map(PythonJSON.int) ?? .null })),
            ("compression", compression.name.map(PythonJSON.string) ?? .null),
            ("format", .string("mds")),
            ("hashes", .array(hashNames.map(PythonJSON.string))),
            ("size_limit", sizeLimit.map(PythonJSON.int) ?? .null),
            ("version", .int(ShardIndex.version)),
        ]
    }

    /// The text between a shard's offsets and its samples.
    var header: String { PythonJSON.object(settings).text }

    /// The text of the settings, which is the same for most shards of an index: what comes before the parts that are a
    /// shard's own, and what between them.
    fileprivate struct Frame {
        private let entry: ShardIndex.Entry
        private let (before, between): ([UInt8], [UInt8])

        init(_ entry: ShardIndex.Entry) {
            self.entry = entry
            func text(_ belongs: (String) -> Bool) -> [UInt8] {
                PythonJSON.object(entry.settings.filter { belongs($0.key) }).bytes.dropFirst().dropLast()
            }
            before = text { precedes($0, "raw_data") }
            between = text { precedes("samples", $0) }
        }

        /// Whether it has the entry's settings.
        func fits(_ other: ShardIndex.Entry) -> Bool {
            entry.columns == other.columns && entry.compression == other.compression
                && entry.hashNames == other.hashNames && entry.sizeLimit == other.sizeLimit
        }

        /// Writes what `PythonJSON` would of all fields.
        func write(_ entry: ShardIndex.Entry, to bytes: inout [UInt8]) {
            bytes.append(UInt8(ascii: "{"))
            bytes += before
            bytes += ", \"raw_data\": ".utf8
            entry.raw.write(to: &bytes)
            bytes += ", \"samples\": \(entry.sampleCount), ".utf8
            bytes += between
            bytes += ", \"zip_data\": ".utf8
            if let zip = entry.zip { zip.write(to: &bytes) } else { bytes += "null".utf8 }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}

extension ShardIndex.File {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes += "{\"basename\": ".utf8
        PythonJSON.quote(name, to: &bytes)
        bytes += ", \"bytes\": \(byteCount), \"hashes\": ".utf8
        recorded.write(to: &bytes)
        bytes.append(UInt8(ascii: "}"))
    }
}

extension RecordedHashes {
    fileprivate func write(to bytes: inout [UInt8]) {
        guard case .one(let hash, let number) = self else {
            return PythonJSON.object(texts.map { ($0, .string($1)) }).write(to: &bytes)
        }
        bytes += "{\"\(hash.rawValue)\": \"".utf8
        for digit in 0..<16 {
            let value = UInt8(number >> (60 - 4 * digit) & 15)
            bytes.append(value + (value < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
        }
        bytes += "\"}".utf8
    }
}
