extension Tensor {
    /// A range of axis 0; shares storage.
    ///
    /// - Throws: `TensorError` if the range is not within axis 0.
    public subscript(range: Range<Int>) -> Tensor {
        get throws(TensorError) {
            guard rank > 0, range.lowerBound >= 0, range.upperBound <= length else {
                throw TensorError(.outOfBounds, "Rows \(range) are not within a tensor of shape \(shape).")
            }
            var slice = shape
            slice[0] = range.count
            return Tensor(
                shape: slice, dtype: dtype, storage: storage, byteOffset: byteOffset + range.lowerBound * rowByteCount)
        }
    }

    /// One element of axis 0, without that axis; shares storage.
    ///
    /// - Throws: `TensorError` if the index is not within axis 0.
    public subscript(index: Int) -> Tensor {
        get throws(TensorError) {
            guard rank > 0, shape.dimensions[0] > index, index >= 0 else {
                throw TensorError(.outOfBounds, "Row \(index) is not within a tensor of shape \(shape).")
            }
            return Tensor(
                shape: shape.droppingFirst, dtype: dtype, storage: storage,
                byteOffset: byteOffset + index * rowByteCount)
        }
    }

    /// The rows of axis 0 at the given indices, in their order, copied.
    ///
    /// - Throws: `TensorError` if an index is not within axis 0.
    public func rows(at indices: some Collection<Int>) throws -> Tensor {
        guard rank > 0 else { throw TensorError(.outOfBounds, "A scalar has no rows to choose from.") }
        if let outside = indices.first(where: { $0 < 0 || $0 >= length }) {
            throw TensorError(.outOfBounds, "Row \(outside) is not within a tensor of shape \(shape).")
        }
        var chosen = shape
        chosen[0] = indices.count
        return try Tensor(shape: chosen, dtype: dtype) { bytes in
            guard var output = bytes.baseAddress, rowByteCount > 0 else { return }
            withUnsafeBytes { input in
                guard let base = input.baseAddress else { return }
                for index in indices {
                    output.copyMemory(from: base + index * rowByteCount, byteCount: rowByteCount)
                    output += rowByteCount
                }
            }
        }
    }

    /// The tensors joined along axis 0.
    ///
    /// - Throws: `TensorError` if there is none, or if element types or the other extents differ.
    public static func concatenated(_ tensors: [Tensor]) throws -> Tensor {
        guard let first = tensors.first, first.rank > 0 else {
            throw TensorError(.shapeMismatch, "Nothing to join: joining takes one tensor or more with an axis 0.")
        }
        if let odd = tensors.first(where: {
            $0.dtype != first.dtype || $0.shape.droppingFirst != first.shape.droppingFirst
        }) {
            throw TensorError(.shapeMismatch, "Tensors of \(first) and \(odd) can't be joined along axis 0.")
        }
        var shape = first.shape
        shape[0] = tensors.reduce(0) { $0 + $1.length }
        return try Tensor(shape: shape, dtype: first.dtype) { bytes in
            guard var output = bytes.baseAddress else { return }
            for tensor in tensors {
                tensor.withUnsafeBytes { input in
                    if let base = input.baseAddress { output.copyMemory(from: base, byteCount: input.count) }
                    output += input.count
                }
            }
        }
    }

    /// The tensors as the rows of a new axis 0.
    ///
    /// - Throws: `TensorError` if there is none, or if element types or shapes differ.
    public static func stacked(_ tensors: [Tensor]) throws -> Tensor {
        try concatenated(tensors.map { try $0.reshaped(to: Shape([1] + $0.shape.dimensions)) })
    }

    private var rowByteCount: Int { shape.droppingFirst.count * dtype.byteCount }
}
