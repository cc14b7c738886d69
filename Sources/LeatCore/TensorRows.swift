/// Rows of a tensor, all or some of them in any order, that are not copied until they are where they are needed.
public struct TensorRows: Sendable {
    /// The tensor that has the rows.
    public let source: Tensor
    /// The numbers of the rows in their order; nil for all as they come.
    public let indices: [Int]?

    /// All rows of a tensor in their order.
    public init(_ tensor: Tensor) {
        source = tensor
        indices = nil
    }

    /// The rows with the given numbers.
    ///
    /// - Throws: `TensorError` if a number is not that of a row.
    public init(_ source: Tensor, at indices: [Int]) throws {
        guard source.rank > 0 else { throw TensorError(.outOfBounds, "A tensor of shape () has no rows.") }
        if let odd = indices.first(where: { !(0..<source.length ~= $0) }) {
            throw TensorError(.outOfBounds, "A tensor of shape \(source.shape) has no row \(odd).")
        }
        self.source = source
        self.indices = indices
    }

    /// The shape that the rows have as a tensor of their own.
    public var shape: Shape {
        guard let indices else { return source.shape }
        var shape = source.shape
        shape[0] = indices.count
        return shape
    }

    /// The number of axes.
    public var rank: Int { source.rank }

    /// The number of rows.
    public var length: Int { indices?.count ?? source.length }

    /// The rows as a tensor of their own; a copy unless they are all.
    public func gathered() throws -> Tensor {
        guard let indices else { return source }
        let byteCount = source.byteCount / max(source.length, 1)
        return try Tensor(shape: shape, dtype: source.dtype) { output in
            source.withUnsafeBytes { input in
                guard let from = input.baseAddress, var to = output.baseAddress else { return }
                for index in indices {
                    to.copyMemory(from: from + index * byteCount, byteCount: byteCount)
                    to += byteCount
                }
            }
        }
    }
}
