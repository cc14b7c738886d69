import CLeatKernels
public import LeatCore

/// The floating-point type that a graph computes in.
public enum Precision: Sendable, Hashable {
    /// Single precision, for training and prediction.
    case float32
    /// Double precision, for checking gradients.
    case float64

    /// The element type of tensors of this precision.
    public var dtype: DType { self == .float32 ? .float32 : .float64 }

    var kernelType: leat_real { self == .float32 ? LEAT_FLOAT32 : LEAT_FLOAT64 }
}
