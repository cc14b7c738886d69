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
    /// Output length: `valid` ⌈(L − k' + 1)/s⌉, `same` ⌈L/s⌉ with k' = k + (k − 1)(d − 1); the padding of `same` has its
    /// odd pixel after the image.
    ///
    /// - Returns: nil if the window is larger than the image.
    public init?(
        height: Int, width: Int, size: (Int, Int), strides: (Int, Int), dilation: (Int, Int) = (1, 1), same: Bool
    ) {
        func axis(_ length: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (out: Int, before: Int) {
            let effective = kernel + (kernel - 1) * (dilation - 1)
            guard same else { return ((length - effective + stride) / stride, 0) }
            let out = (length + stride - 1) / stride
            return (out, max((out - 1) * stride + effective - length, 0) / 2)
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
