import LeatCore
public import LeatPipeline

/// Writes a tar archive of WebDataset's form, byte for byte the same for the same samples.
///
/// A path that ends in `.gz` is compressed. The file appears under its name only when it is closed.
public final class TarWriter {
    private let file: OutputFile

    /// A writer of the archive at the path.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public init(_ path: String) throws { file = try OutputFile(path) }

    /// Adds a sample: a file for each column, `key.column`, in the order of the columns' names.
    ///
    /// Texts, bytes and single whole numbers are written as they are, other arrays as `.npy`, whose columns' names must
    /// end so.
    ///
    /// - Throws: `FormatError` if the key or a column can't be a name in the format, or the file can't be written.
    public func append(_ sample: Sample, key: String) throws {
        for (name, value) in zip(sample.names, sample.values).sorted(by: { $0.0 < $1.0 })
        where name != TarSamples.keyColumn {
            guard let parsed = TarFieldName("\(key).\(name)"), parsed.key == key, parsed.field == name else {
                throw FormatError(
                    .invalidArgument,
                    "'\(key).\(name)' can't be a file of a sample: keys have no dot after their last slash, "
                        + "extensions no capital letters.")
            }
            try append(try Self.bytes(value, name), name: "\(key).\(name)")
        }
    }

    private static func bytes(_ value: Sample.Value, _ name: String) throws -> [UInt8] {
        switch value {
        case .bytes(let bytes): return bytes
        case .text(let text): return Array(text.utf8)
        case .tensor(let tensor):
            if TarFieldKind(field: name) == .array { return Npy.encoded(tensor) }
            guard tensor.count == 1, !tensor.dtype.isFloatingPoint else {
                throw FormatError(.invalidArgument, "The array \(tensor) of '\(name)' needs a name that ends in 'npy'.")
            }
            return Array("\(try tensor.converted(to: .int64).elements(as: Int64.self)[0])".utf8)
        }
    }

    private func append(_ bytes: [UInt8], name: String) throws {
        var nameBytes = Array(name.utf8)
        if nameBytes.count > 100 {
            // GNU's long name: an entry whose content is the name.
            let content = nameBytes + [0]
            try file.write(Self.header(Array("././@LongLink".utf8), content.count, type: UInt8(ascii: "L")))
            try file.write(Self.filledUp(content))
            nameBytes = Array(nameBytes.prefix(100))
        }
        try file.write(Self.header(nameBytes, bytes.count, type: UInt8(ascii: "0")))
        try file.write(Self.filledUp(bytes))
    }

    private static func filledUp(_ bytes: [UInt8]) -> [UInt8] {
        let rest = bytes.count % TarHeader.blockByteCount
        return rest == 0 ? bytes : bytes + [UInt8](repeating: 0, count: TarHeader.blockByteCount - rest)
    }

    private static func header(_ name: [UInt8], _ size: Int, type: UInt8) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: TarHeader.blockByteCount)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        func octal(_ value: Int, _ width: Int) -> [UInt8] {
            let digits = String(value, radix: 8)
            return Array((String(repeating: "0", count: max(0, width - digits.count)) + digits).utf8)
        }
        put(name, at: 0)
        put(octal(0o444, 7), at: 100)
        put(octal(0, 7), at: 108)
        put(octal(0, 7), at: 116)
        if size < 1 << 33 {
            put(octal(size, 11), at: 124)
        } else {
            block[124] = 0x80
            for shift in 0..<8 { block[135 - shift] = UInt8(truncatingIfNeeded: size >> (8 * shift)) }
        }
        put(octal(0, 11), at: 136)
        put([UInt8](repeating: 0x20, count: 8), at: 148)
        block[156] = type
        put(Array("ustar  \0".utf8), at: 257)
        put(Array("bigdata".utf8), at: 265)
        put(Array("bigdata".utf8), at: 297)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + [0, 0x20], at: 148)
        return block
    }

    /// Ends the archive and gives it its name.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public func close() throws {
        try file.write([UInt8](repeating: 0, count: 2 * TarHeader.blockByteCount))
        try file.close()
    }
}
