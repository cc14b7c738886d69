import LeatCore

/// The type and shape that precede an array of a column without a fixed shape.
///
/// MDS writes one byte with a code for the element type (only where the column does not name it), one byte
/// `rank << 2 | w`, then the extents as integers of 2ʷ bytes, the smallest that hold the largest.
struct ArrayHeader: Equatable {
    var dtype: DType
    var shape: Shape
    /// The bytes the header takes.
    var byteCount: Int

    private static let codes: [UInt8: DType] = [
        8: .uint8, 9: .int8, 16: .uint16, 17: .int16, 18: .float16, 32: .uint32, 33: .int32, 34: .float32,
        64: .uint64, 65: .int64, 66: .float64,
    ]

    private static func code(of dtype: DType) -> UInt8 {
        codes.first { $0.value == dtype }?.key ?? 0
    }

    /// Reads the header at the start of a value, and checks that the value is exactly as long as it says.
    static func parse(_ bytes: UnsafeRawBufferPointer, dtype known: DType?) -> Result<ArrayHeader, Malformed> {
        var position = 0
        var dtype = known ?? .uint8
        if known == nil {
            guard let code = bytes.first, let named = codes[code] else {
                return .failure(Malformed("no known element type"))
            }
            dtype = named
            position = 1
        }
        guard position < bytes.count else { return .failure(Malformed("no shape")) }
        let rank = Int(bytes[position] >> 2)
        let width = 1 << Int(bytes[position] & 3)
        position += 1
        guard position + rank * width <= bytes.count else { return .failure(Malformed("a shape cut short")) }
        var extents: [Int] = []
        extents.reserveCapacity(rank)
        for _ in 0..<rank {
            var extent: UInt64 = 0
            for byte in 0..<width { extent |= UInt64(bytes[position + byte]) << UInt64(8 * byte) }
            extents.append(Int(clamping: extent))
            position += width
        }
        let shape = Shape(extents)
        guard let count = shape.checkedCount, count <= bytes.count / dtype.byteCount,
            position + count * dtype.byteCount == bytes.count
        else { return .failure(Malformed("\(bytes.count - position) bytes for an array \(dtype)\(shape)")) }
        return .success(ArrayHeader(dtype: dtype, shape: shape, byteCount: position))
    }

    /// Writes the header of an array; `withType` where the column does not name the element type.
    static func append(_ tensor: Tensor, withType: Bool, to bytes: inout [UInt8]) {
        if withType { bytes.append(code(of: tensor.dtype)) }
        let largest = tensor.shape.dimensions.max() ?? 0
        let width = largest < 1 << 8 ? 0 : largest < 1 << 16 ? 1 : largest < 1 << 32 ? 2 : 3
        bytes.append(UInt8(truncatingIfNeeded: tensor.rank << 2 | width))
        for extent in tensor.shape.dimensions {
            for byte in 0..<(1 << width) { bytes.append(UInt8(truncatingIfNeeded: extent >> (8 * byte))) }
        }
    }
}

/// Why bytes are no value, or a value can't become bytes: words that complete "the column holds …".
struct Malformed: Error, Equatable {
    let reason: String
    init(_ reason: String) { self.reason = reason }
}
