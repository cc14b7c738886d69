/// What stands around a sequence or an image when a window slides over it.
public enum Padding: String, Sendable, Hashable {
    /// Nothing: the window stays inside.
    case valid
    /// Zeros, so that the output has ⌈length / stride⌉ steps along each axis.
    case same
    /// Zeros before the first step only: a step of the output depends on no later step of the input.
    case causal
}

/// How a window slides over an image: extents of the window, strides, dilation and what stands before the first pixel.
public struct Window: Sendable, Hashable {
    /// Extent of the window, rows then columns.
    public var height: Int, width: Int
    /// Distance between windows.
    public var strideY: Int, strideX: Int
    /// Distance between the pixels of a window.
    public var dilationY: Int, dilationX: Int
    /// Rows above and columns left of the image that count as zeros.
    public var padTop: Int, padLeft: Int
    /// Extents of the result.
    public var outHeight: Int, outWidth: Int

    /// A window over an image of the given size, padded to Keras' rules.
    ///
    /// Output length: `valid` ⌈(L − k' + 1)/s⌉, `same` and `causal` ⌈L/s⌉ with k' = k + (k − 1)(d − 1); the padding of
    /// `same` has its odd pixel after the image, that of `causal` is d(k − 1) pixels before it.
    ///
    /// - Returns: nil if the window is larger than the image.
    public init?(
        height: Int, width: Int, size: (Int, Int), strides: (Int, Int), dilation: (Int, Int) = (1, 1), padding: Padding
    ) {
        func axis(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (out: Int, before: Int) {
            let effective = kernel + (kernel - 1) * (dilation - 1)
            let covered = (length + stride - 1) / stride
            return switch padding {
            case .valid: ((length - effective + stride) / stride, 0)
            case .same: (covered, max((covered - 1) * stride + effective - length, 0) / 2)
            case .causal: (covered, effective - 1)
            }
        }
        guard min(size.0, size.1, strides.0, strides.1, dilation.0, dilation.1) > 0 else { return nil }
        let (y, x) = (axis(height, size.0, strides.0, dilation.0), axis(width, size.1, strides.1, dilation.1))
        guard y.out > 0, x.out > 0 else { return nil }
        (self.height, self.width) = size
        (strideY, strideX) = strides
        (dilationY, dilationX) = dilation
        (padTop, padLeft) = (y.before, x.before)
        (outHeight, outWidth) = (y.out, x.out)
    }
}
