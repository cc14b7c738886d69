/// A Swift number that can be an element of a tensor.
public protocol TensorScalar: BitwiseCopyable, Sendable, Hashable {
    /// The element type that holds values of this Swift type.
    static var dtype: DType { get }

    /// The nearest value of this type; integers are truncated towards zero and clamped to the range, NaN becomes 0.
    init(nearest value: Double)

    /// The value as a double; 64-bit integers beyond 2⁵³ are rounded.
    var asDouble: Double { get }
}

extension TensorScalar where Self: BinaryInteger & FixedWidthInteger {
    /// The value truncated towards zero and clamped to the range; NaN becomes 0.
    @inlinable public init(nearest value: Double) {
        if value.isNaN {
            self = 0
        } else if value >= Double(Self.max) {
            self = .max
        } else if value <= Double(Self.min) {
            self = .min
        } else {
            self = Self(value)
        }
    }

    /// The value as a double.
    @inlinable public var asDouble: Double { Double(self) }
}

extension TensorScalar where Self: BinaryFloatingPoint {
    /// The value rounded to this precision.
    @inlinable public init(nearest value: Double) { self = Self(value) }

    /// The value as a double.
    @inlinable public var asDouble: Double { Double(self) }
}

extension UInt8: TensorScalar {
    /// `uint8`.
    public static var dtype: DType { .uint8 }
}
extension Int8: TensorScalar {
    /// `int8`.
    public static var dtype: DType { .int8 }
}
extension UInt16: TensorScalar {
    /// `uint16`.
    public static var dtype: DType { .uint16 }
}
extension Int16: TensorScalar {
    /// `int16`.
    public static var dtype: DType { .int16 }
}
extension UInt32: TensorScalar {
    /// `uint32`.
    public static var dtype: DType { .uint32 }
}
extension Int32: TensorScalar {
    /// `int32`.
    public static var dtype: DType { .int32 }
}
extension UInt64: TensorScalar {
    /// `uint64`.
    public static var dtype: DType { .uint64 }
}
extension Int64: TensorScalar {
    /// `int64`.
    public static var dtype: DType { .int64 }
}
extension Int: TensorScalar {
    /// `int64`: Leat runs on 64-bit systems only.
    public static var dtype: DType { .int64 }
}
#if !(os(macOS) && arch(x86_64))
    extension Float16: TensorScalar {
        /// `float16`.
        public static var dtype: DType { .float16 }
    }
#endif
extension Float: TensorScalar {
    /// `float32`.
    public static var dtype: DType { .float32 }
}
extension Double: TensorScalar {
    /// `float64`.
    public static var dtype: DType { .float64 }
}
