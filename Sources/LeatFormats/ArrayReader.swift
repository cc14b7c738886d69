public import LeatCore

/// An array that is read from a file a block of rows at a time, in row-major order and this machine's byte order.
///
/// Memory is taken for the rows asked for, never for what a header claims and the file does not hold. An array in
/// Fortran's order is the exception: it is read whole at the first request and transposed.
public final class ArrayReader: ColumnReader {
    /// How elements lie in the file.
    struct Layout: Hashable {
        var dtype: DType
        var isBigEndian = false
        var isFortranOrder = false
    }

    /// The extents of the whole array.
    public let shape: Shape
    /// The element type.
    public var dtype: DType { layout.dtype }
    /// The number of rows that have been read.
    public private(set) var position = 0

    private let source: any ByteSource
    private let layout: Layout
    private var transposed: Tensor?

    /// The largest block reserved for bytes that must be decompressed first.
    private static let trustedByteCount = 32 << 20

    /// An array whose elements begin at the source's next byte, after `consumed` bytes of header.
    init(source: any ByteSource, shape: Shape, layout: Layout, consumed: Int) throws {
        guard let byteCount = shape.checkedByteCount(of: layout.dtype) else {
            throw FormatError(.corrupt, "\(source.name) claims the impossible shape \(shape).")
        }
        if let total = source.byteCount {
            let held = total - consumed
            guard held >= byteCount else {
                throw FormatError(
                    .truncated,
                    "\(source.name) is truncated: \(layout.dtype)\(shape) takes \(byteCount) bytes, "
                        + "and \(held) are there.")
            }
            guard held == byteCount else {
                throw FormatError(
                    .corrupt, "\(source.name) goes on for \(held - byteCount) bytes after its \(layout.dtype)\(shape).")
            }
        }
        self.source = source
        self.shape = shape
        self.layout = layout
    }

    /// The number of rows: the extent of axis 0, 1 for a scalar.
    public var count: Int { shape.dimensions.first ?? 1 }

    /// The element type and the shape of a row.
    public var kind: ColumnKind { .numbers(layout.dtype, shape.droppingFirst) }

    /// The next `limit` rows; fewer where the array ends.
    ///
    /// - Throws: `FormatError` if the file can't be read, ends early or is damaged.
    public func read(_ limit: Int) throws -> Column { .numbers(try rows(limit)) }

    /// The next `limit` rows as a tensor; fewer where the array ends.
    ///
    /// - Throws: `FormatError` if the file can't be read, ends early or is damaged.
    public func rows(_ limit: Int) throws -> Tensor {
        let rowCount = min(max(limit, 0), count - position)
        var block = shape
        if shape.rank > 0 { block[0] = rowCount }
        if layout.isFortranOrder, shape.rank > 1 {
            let whole = try transposed ?? readTransposed()
            transposed = whole
            defer { position += rowCount }
            return try whole[position..<position + rowCount]
        }
        // A scalar has one element and no axis, so that what is asked for of it twice is nothing the second time.
        if shape.rank == 0, rowCount == 0 { block = [0] }
        let tensor = try elements(block.count).reshaped(to: block)
        position += rowCount
        if position == count, rowCount > 0 { try source.expectEnd(after: "its \(layout.dtype)\(shape)") }
        return tensor
    }

    /// All rows that have not been read yet.
    ///
    /// - Throws: `FormatError` if the file can't be read, ends early or is damaged.
    public func readAll() throws -> Tensor { try rows(count - position) }

    private func readTransposed() throws -> Tensor {
        let tensor = try elements(shape.count).transposedFromFortranOrder(shape)
        try source.expectEnd(after: "its \(layout.dtype)\(shape)")
        return tensor
    }

    /// The next `count` elements in this machine's byte order.
    private func elements(_ count: Int) throws -> Tensor {
        let trusted = Self.trustedByteCount / dtype.byteCount
        if source.isBacked || count <= trusted { return try block(count) }
        var blocks: [Tensor] = []
        for start in stride(from: 0, to: count, by: trusted) { blocks.append(try block(min(trusted, count - start))) }
        return try Tensor.concatenated(blocks)
    }

    private func block(_ count: Int) throws -> Tensor {
        try Tensor(shape: [count], dtype: dtype) { bytes in
            let filled = try source.fill(bytes)
            guard filled == bytes.count else {
                throw FormatError(
                    .truncated,
                    "\(source.name) is truncated: \(bytes.count - filled) bytes are missing from its \(dtype)\(shape).")
            }
            if layout.isBigEndian { bytes.swapBytes(ofElementsOf: dtype.byteCount) }
        }
    }
}
