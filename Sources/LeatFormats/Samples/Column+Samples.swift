import LeatCore
public import LeatPipeline

extension Column {
    /// A column of the values of some samples, all of the column's kind.
    ///
    /// - Throws: `FormatError` if a value is of another kind.
    init(_ values: [Sample.Value], _ column: ColumnDescription) throws {
        let odd = { FormatError(.corrupt, "A value of '\(column.name)' is of another kind than the first.") }
        switch column.kind {
        case .numbers(let dtype, let shape):
            let tensors = try values.map { value in
                guard case .tensor(let tensor) = value, tensor.dtype == dtype, tensor.shape == shape else {
                    throw odd()
                }
                return tensor
            }
            let empty = Tensor(zeros: Shape([0] + shape.dimensions), dtype: dtype)
            self = .numbers(tensors.isEmpty ? empty : try Tensor.stacked(tensors))
        case .ragged(let dtype):
            self = .ragged(
                try values.map { value in
                    guard case .tensor(let tensor) = value, tensor.dtype == dtype else { throw odd() }
                    return tensor
                })
        case .text:
            self = .text(
                try values.map { value in
                    guard case .text(let text) = value else { throw odd() }
                    return text
                })
        case .bytes, .jpeg, .png:
            self = .bytes(
                try values.map { value in
                    guard case .bytes(let bytes) = value else { throw odd() }
                    return bytes
                })
        }
    }

    /// The value of each sample.
    ///
    /// - Throws: `TensorError` if the column is damaged.
    func values() throws -> [Sample.Value] {
        switch self {
        case .numbers(let tensor): try (0..<tensor.length).map { .tensor(try tensor[$0]) }
        case .ragged(let rows): rows.map { .tensor($0) }
        case .text(let texts): texts.map { .text($0) }
        case .bytes(let rows): rows.map { .bytes($0) }
        }
    }
}

extension SampleSource {
    /// The samples of the split with the given name, or of a dataset that is not divided, one after the other.
    ///
    /// The columns are the chosen ones or those that the format gives unasked; the file is opened anew for each pass.
    public func stream(split: String? = nil, columns: [ColumnChoice]? = nil) -> SampleStream {
        SampleStream {
            let reader = try reader(split: split, columns: columns)
            let names = reader.columns.map(\.name)
            return {
                let columns = try reader.read(Self.streamBlockSize).map { try $0.values() }
                guard let first = columns.first else { return [] }
                return first.indices.map { row in Sample(names: names, values: columns.map { $0[row] }) }
            }
        }
    }

    /// The samples that a stream has in memory; images take some 100 kB each.
    private static let streamBlockSize = 32
}
