public import LeatCore

/// The IDX format of the MNIST files: one array, big-endian, plain or compressed with gzip.
public enum IDX {
    private static let codes: KeyValuePairs<UInt8, DType> = [
        0x08: .uint8, 0x09: .int8, 0x0B: .int16, 0x0C: .int32, 0x0D: .float32, 0x0E: .float64,
    ]

    /// The array in the file at the path.
    ///
    /// - Throws: `FormatError` if the file can't be read, is no IDX file or is damaged.
    public static func read(_ path: String) throws -> Tensor { try reader(path).readAll() }

    /// A reader of the file at the path, for arrays larger than memory.
    ///
    /// - Throws: `FormatError` if the file can't be read, is no IDX file or its length and header disagree.
    public static func reader(_ path: String) throws -> ArrayReader {
        let source = try openSource(path)
        let magic = try source.prefix(4)
        guard magic.count == 4, magic[0] == 0, magic[1] == 0, let type = codes.first(where: { $0.key == magic[2] })
        else { throw FormatError(.wrongFormat, "'\(path)' is not an IDX file: it doesn't begin with IDX's mark.") }
        let rank = Int(magic[3])
        let extents = try source.prefix(4 * rank)
        guard extents.count == 4 * rank else {
            throw FormatError(.truncated, "'\(path)' is truncated: it ends within its header.")
        }
        let shape = Shape(
            (0..<rank).map { axis in extents[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } })
        return try ArrayReader(
            source: source, shape: shape, layout: .init(dtype: type.value, isBigEndian: true), consumed: 4 + 4 * rank)
    }

    /// Writes the tensor under the path, replacing what is there; compressed if the path ends in `.gz`.
    ///
    /// - Throws: `FormatError` if the file can't be written or the format has no such element type or shape.
    public static func write(_ tensor: Tensor, to path: String) throws {
        guard let code = codes.first(where: { $0.value == tensor.dtype })?.key, tensor.rank <= 255,
            tensor.shape.dimensions.allSatisfy({ $0 <= UInt32.max })
        else { throw FormatError(.unsupported, "'\(path)': the IDX format can't hold a \(tensor).") }
        let file = try OutputFile(path)
        var header: [UInt8] = [0, 0, code, UInt8(tensor.rank)]
        for extent in tensor.shape.dimensions {
            for shift in stride(from: 24, through: 0, by: -8) { header.append(UInt8(extent >> shift & 0xFF)) }
        }
        try file.write(header)
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { block.deallocate() }
        try tensor.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: block.count) {
                let part = UnsafeRawBufferPointer(rebasing: bytes[start...].prefix(block.count))
                block.copyMemory(from: part)
                let swapped = UnsafeMutableRawBufferPointer(rebasing: block.prefix(part.count))
                swapped.swapBytes(ofElementsOf: tensor.dtype.byteCount)
                try file.write(UnsafeRawBufferPointer(swapped))
            }
        }
        try file.close()
    }
}
