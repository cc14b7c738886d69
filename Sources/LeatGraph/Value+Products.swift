import LeatCore

extension Value {
    /// The matrix product of two matrices, either of them transposed first if asked.
    public func product(_ other: Value, transposeA: Bool = false, transposeB: Bool = false) -> Value {
        let (a, b) = (shape, other.shape)
        guard a.rank == 2, b.rank == 2, a[transposeA ? 0 : 1] == b[transposeB ? 1 : 0] else {
            return graph.fail(
                .shapeMismatch,
                "Matrices of shapes \(a)\(transposeA ? "ᵀ" : "") and \(b)\(transposeB ? "ᵀ" : "") can't be multiplied.",
                shape: [a.rank > 0 ? a[0] : 1, b.rank > 0 ? b[-1] : 1])
        }
        return graph.append(
            Product(transposeA: transposeA, transposeB: transposeB), [self, other],
            [a[transposeA ? 1 : 0], b[transposeB ? 0 : 1]])
    }

    /// The convolution of NHWC images with an HWIO filter.
    public func convolved(with filter: Value, window: Window) -> Value {
        guard shape.rank == 4, filter.shape.rank == 4, shape[3] == filter.shape[2], filter.shape[0] == window.height,
            filter.shape[1] == window.width
        else {
            return graph.fail(
                .shapeMismatch, "Images of shape \(shape) can't be convolved with a filter of shape \(filter.shape).",
                shape: shape)
        }
        let result: Shape = [shape[0], window.outHeight, window.outWidth, filter.shape[3]]
        return graph.append(Convolution(window: window), [self, filter], result)
    }

    /// The maximum of each window of NHWC images.
    public func maxPooled(window: Window) -> Value {
        guard shape.rank == 4 else {
            return graph.fail(
                .shapeMismatch, "Pooling takes NHWC images, not a tensor of shape \(shape).", shape: shape)
        }
        let result: Shape = [shape[0], window.outHeight, window.outWidth, shape[3]]
        return graph.append(MaxPool(window: window), [self], [(result, .real), (result, .position)])[0]
    }
}
