import LeatCore
import LeatPipeline

/// Gathers rows of a tensor into memory that is used again for every batch.
struct RowBuffer {
    private let source: Tensor
    private let rowByteCount: Int
    private var rows: Tensor?

    /// A buffer for rows of the given tensor.
    init(_ source: Tensor) {
        self.source = source
        rowByteCount = source.length == 0 ? 0 : source.byteCount / source.length
    }

    /// The rows at the given indices, which must be within the source, in their order; `capacity` is the most
    /// that is ever asked for.
    ///
    /// The result shares the buffer. While somebody keeps it, the next call takes new memory instead.
    mutating func gather(_ indices: Slice<BatchOrder>, capacity: Int) throws -> Tensor {
        var rows = try self.rows.take() ?? empty(capacity)
        let rowByteCount = rowByteCount
        rows.withUnsafeMutableBytes { output in
            source.withUnsafeBytes { input in
                guard let from = input.baseAddress, var to = output.baseAddress else { return }
                for index in indices {
                    to.copyMemory(from: from + index * rowByteCount, byteCount: rowByteCount)
                    to += rowByteCount
                }
            }
        }
        self.rows = rows
        return try indices.count == rows.length ? rows : rows[0..<indices.count]
    }

    private func empty(_ capacity: Int) throws -> Tensor {
        var shape = source.shape
        shape[0] = capacity
        return try Tensor(shape: shape, dtype: source.dtype) { _ in }
    }
}
