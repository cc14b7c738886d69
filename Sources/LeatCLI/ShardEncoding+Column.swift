import Leat

extension ShardEncoding {
    /// The encoding for a column of a source.
    init(_ kind: ColumnKind) {
        switch kind {
        case .numbers(let dtype, let shape): self = shape.rank == 0 ? .scalar(dtype) : .array(dtype, shape)
        case .ragged(let dtype): self = .arrayOfType(dtype)
        case .text: self = .str
        case .bytes: self = .bytes
        case .jpeg: self = .jpeg
        case .png: self = .png
        }
    }
}

extension Column {
    /// The values of all samples, as a shard writer takes them.
    func shardValues() throws -> [ColumnValue] {
        switch self {
        case .ragged(let rows): return rows.map { .tensor($0) }
        case .text(let rows): return rows.map { .text($0) }
        case .bytes(let rows): return rows.map { .bytes($0) }
        case .numbers(let tensor) where tensor.rank > 1: return try (0..<tensor.length).map { .tensor(try tensor[$0]) }
        case .numbers(let tensor):
            if tensor.dtype.isFloatingPoint {
                return try tensor.converted(to: .float64).elements(as: Double.self).map { .float($0) }
            }
            // Through a double, 64-bit integers would lose digits.
            if tensor.dtype == .uint64 { return try tensor.elements(as: UInt64.self).map { .uint($0) } }
            if tensor.dtype == .int64 { return try tensor.elements(as: Int64.self).map { .int($0) } }
            let values = try tensor.converted(to: .int64).elements(as: Int64.self)
            let isUnsigned = tensor.dtype.rawValue.hasPrefix("u")
            return values.map { isUnsigned ? .uint(UInt64($0)) : .int($0) }
        }
    }
}

extension ColumnKind {
    /// The bytes of a sample, as far as they are known beforehand.
    var byteCountGuess: Int {
        switch self {
        case .numbers(let dtype, let shape): max(1, (shape.checkedCount ?? 1) * dtype.byteCount)
        case .ragged: 1 << 10
        case .text: 1 << 8
        case .bytes, .jpeg, .png: 64 << 10
        }
    }
}
