extension ShardIndex {
    /// The text of the index, byte for byte as MosaicML Streaming writes it: Python's `json.dumps` with sorted keys.
    public var json: String {
        let object = PythonJSON.object([
            "shards": .array(shards.map(\.pythonJSON)), "version": .int(Self.version),
        ])
        return object.text
    }
}

extension ShardIndex.Entry {
    /// The settings that a shard carries in its own header.
    private var settings: [String: PythonJSON] {
        [
            "column_encodings": .array(columns.map { .string($0.encoding.name) }),
            "column_names": .array(columns.map { .string($0.name) }),
            "column_sizes": .array(columns.map { $0.encoding.fixedByteCount.map(PythonJSON.int) ?? .null }),
            "compression": compression.name.map(PythonJSON.string) ?? .null,
            "format": .string("mds"),
            "hashes": .array(hashNames.map(PythonJSON.string)),
            "size_limit": sizeLimit.map(PythonJSON.int) ?? .null,
            "version": .int(ShardIndex.version),
        ]
    }

    /// The text between a shard's offsets and its samples.
    var header: String { PythonJSON.object(settings).text }

    fileprivate var pythonJSON: PythonJSON {
        var fields = settings
        fields["samples"] = .int(sampleCount)
        fields["raw_data"] = raw.pythonJSON
        fields["zip_data"] = zip?.pythonJSON ?? .null
        return .object(fields)
    }
}

extension ShardIndex.File {
    fileprivate var pythonJSON: PythonJSON {
        .object([
            "basename": .string(name), "bytes": .int(byteCount), "hashes": .object(hashes.mapValues(PythonJSON.string)),
        ])
    }
}
