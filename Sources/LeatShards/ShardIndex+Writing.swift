extension ShardIndex {
    /// The text of the index, byte for byte as MosaicML Streaming writes it: Python's `json.dumps` with sorted keys.
    public var json: String { pythonJSON.text }

    /// A hash of everything that the index says.
    public var fingerprint: String {
        pythonJSON.bytes.withUnsafeBytes { ShardHash.xxh64.digest(of: $0) }
    }

    private var pythonJSON: PythonJSON {
        .object([("shards", .array(shards.map(\.pythonJSON))), ("version", .int(Self.version))])
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

    fileprivate var pythonJSON: PythonJSON {
        var fields = settings
        fields += [
            ("samples", .int(sampleCount)), ("raw_data", raw.pythonJSON), ("zip_data", zip?.pythonJSON ?? .null),
        ]
        return .object(fields)
    }
}

extension ShardIndex.File {
    fileprivate var pythonJSON: PythonJSON {
        .object([
            ("basename", .string(name)), ("bytes", .int(byteCount)),
            ("hashes", .object(hashes.map { ($0, .string($1)) })),
        ])
    }
}
