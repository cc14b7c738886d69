import CLeatKernels
public import LeatCore

extension Tensor {
    /// Uniform float32 numbers in a range: those that a `PhiloxGenerator` of this seed and stream draws.
    ///
    /// - Throws: `TensorError` if the shape can't be counted.
    public static func uniform(
        in range: Range<Double>, shape: Shape, seed: UInt64, stream: UInt64, pool: KernelPool? = nil
    ) throws -> Tensor {
        try Tensor(shape: shape, dtype: .float32) { bytes in
            guard let base = bytes.baseAddress else { return }
            leat_uniform(
                LEAT_FLOAT32, pool?.handle, seed, stream, Int64(shape.count), range.lowerBound,
                range.upperBound - range.lowerBound, base)
        }
    }
}
