import LeatCore

/// The samples of one batch: where each is, in shards that are kept in memory meanwhile.
struct ShardRows {
    let columns: [ShardColumn]
    let shards: [Shard]
    let places: [ShardPlace]

    /// The column's values as the rows of one tensor.
    ///
    /// - Throws: `ShardError` if a value is damaged, or has another shape or type than the first.
    func tensor(of name: String) throws -> Tensor {
        guard let column = columns.firstIndex(where: { $0.name == name }), columns[column].encoding.hasTensor else {
            throw ShardError(
                .badColumn, shards.first?.path ?? "", "has no column `\(name)` of which a tensor can be made.")
        }
        let encoding = columns[column].encoding
        if let element = encoding.fixedElement {
            return try copied(column, element.dtype, element.shape)
        }
        switch encoding {
        case .strInt: return try numbers(column) { Int64($0) }
        case .strFloat, .strDecimal: return try numbers(column) { Double($0) }
        default: break
        }
        guard let first = places.first else {
            throw ShardError(
                .badValue, shards.first?.path ?? "", "has no sample to tell the shape of the column `\(name)`.")
        }
        let named: DType? = if case .arrayOfType(let dtype) = encoding { dtype } else { nil }
        let expected = try header(try bytes(column, first), column, first, dtype: named)
        return try gathered(column, expected.dtype, expected.shape) { bytes, row in
            let found = try header(bytes, column, row, dtype: named)
            guard found == expected else {
                throw ShardError(
                    .badValue, shards[Int(row.shard)].path,
                    "Sample \(row.sample) has a column `\(name)` of \(found.dtype)\(found.shape), "
                        + "which does not stack with the batch's first, \(expected.dtype)\(expected.shape).",
                    sample: Int(row.sample))
            }
            return UnsafeRawBufferPointer(rebasing: bytes[found.byteCount...])
        }
    }

    /// Copies the rows of a column of fixed size into one tensor; where shards are all alike, by addresses alone.
    private func copied(_ column: Int, _ dtype: DType, _ shape: Shape) throws -> Tensor {
        let size = shape.count * dtype.byteCount
        let strides = shards.compactMap { $0.strides(ofColumn: column) }
        guard strides.count == shards.count else {
            return try gathered(column, dtype, shape) { bytes, _ in bytes }
        }
        return try Tensor(shape: Shape([places.count] + shape.dimensions), dtype: dtype) { output in
            guard var target = output.baseAddress else { return }
            withExtendedLifetime(shards) {
                strides.withUnsafeBufferPointer { strides in
                    for place in places {
                        let shard = strides[Int(place.shard)]
                        target.copyMemory(from: shard.first + Int(place.sample) * shard.stride, byteCount: size)
                        target += size
                    }
                }
            }
        }
    }

    /// Copies every row's payload, whose size is the element's, into one tensor.
    private func gathered(
        _ column: Int, _ dtype: DType, _ shape: Shape,
        payload: (UnsafeRawBufferPointer, ShardPlace) throws -> UnsafeRawBufferPointer
    ) throws -> Tensor {
        let size = shape.count * dtype.byteCount
        return try Tensor(shape: Shape([places.count] + shape.dimensions), dtype: dtype) { output in
            var position = 0
            for row in places {
                let source = try payload(try bytes(column, row), row)
                UnsafeMutableRawBufferPointer(rebasing: output[position..<position + size]).copyMemory(from: source)
                position += size
            }
        }
    }

    private func numbers<Number: TensorScalar>(_ column: Int, parse: (String) -> Number?) throws -> Tensor {
        try Tensor(
            places.map { row in
                let shard = shards[Int(row.shard)]
                guard case .text(let text) = try shard.value(ofColumn: column, sample: Int(row.sample)),
                    let number = parse(text)
                else {
                    throw shard.malformed(
                        Malformed("text that is no \(Number.dtype)"), column: column, sample: Int(row.sample))
                }
                return number
            })
    }

    @inline(__always)
    private func bytes(_ column: Int, _ row: ShardPlace) throws(ShardError) -> UnsafeRawBufferPointer {
        try shards[Int(row.shard)].bytes(ofColumn: column, sample: Int(row.sample))
    }

    private func header(
        _ bytes: UnsafeRawBufferPointer, _ column: Int, _ row: ShardPlace, dtype: DType?
    ) throws(ShardError) -> ArrayHeader {
        switch ArrayHeader.parse(bytes, dtype: dtype) {
        case .success(let header): return header
        case .failure(let error):
            throw shards[Int(row.shard)].malformed(error, column: column, sample: Int(row.sample))
        }
    }
}
