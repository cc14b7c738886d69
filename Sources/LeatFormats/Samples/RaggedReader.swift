import LeatCore

/// Arrays of different lengths, kept as one long array and the `count + 1` rows at which they begin and end.
///
/// `NAME`, `NAME_offsets` and, where not only the first extents differ, `NAME_shapes` in an `.npz` file are read so.
/// Vectors of `uint8` are taken for bytes.
final class RaggedReader: ColumnReader {
    let count: Int
    let kind: ColumnKind

    private let values: ArrayReader
    private let offsets: [Int]
    private let shapes: [Shape]?
    private var position = 0

    /// A reader of the values' rows.
    init(name: String, _ values: ArrayReader, offsets: Tensor, shapes: Tensor?) throws {
        let failure = FormatError(.corrupt, "The offsets or shapes that belong to \(name) don't fit it.")
        guard values.shape.rank > 0, offsets.rank == 1, !offsets.dtype.isFloatingPoint else { throw failure }
        let positions: [Int64] = try offsets.converted(to: .int64).elements()
        guard positions.first == 0, positions.last == Int64(values.count),
            zip(positions, positions.dropFirst()).allSatisfy({ $0 <= $1 })
        else { throw failure }
        self.values = values
        self.offsets = positions.map { Int($0) }
        count = positions.count - 1
        kind = values.dtype == .uint8 && values.shape.rank == 1 && shapes == nil ? .bytes : .ragged(values.dtype)
        guard let shapes else {
            self.shapes = nil
            return
        }
        guard shapes.rank == 2, shapes.length == count, values.shape.rank == 1 else { throw failure }
        let extents: [Int64] = try shapes.converted(to: .int64).elements()
        let rank = shapes.shape[1]
        self.shapes = try (0..<count).map { row in
            let shape = Shape(extents[row * rank..<(row + 1) * rank].map { Int($0) })
            guard shape.checkedCount == Int(positions[row + 1] - positions[row]) else { throw failure }
            return shape
        }
    }

    func read(_ limit: Int) throws -> Column {
        let rows = position..<min(position + max(limit, 0), count)
        let start = offsets[position]
        let block = try values.rows(offsets[rows.upperBound] - start)
        position = rows.upperBound
        let ranges = rows.map { offsets[$0] - start..<offsets[$0 + 1] - start }
        if kind == .bytes { return .bytes(block.withUnsafeBytes { bytes in ranges.map { Array(bytes[$0]) } }) }
        return .ragged(
            try zip(rows, ranges).map { row, range in
                let values = try block[range]
                return try shapes.map { try values.reshaped(to: $0[row]) } ?? values
            })
    }
}
