/// The type of a tensor's elements, named as in NumPy.
public enum DType: String, Sendable, Hashable, Codable, CaseIterable, CustomStringConvertible {
    case uint8, int8, uint16, int16, uint32, int32, uint64, int64, float16, float32, float64

    /// Bytes that one element takes.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8: 1
        case .uint16, .int16, .float16: 2
        case .uint32, .int32, .float32: 4
        case .uint64, .int64, .float64: 8
        }
    }

    /// Whether elements are floating-point numbers.
    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .float32, .float64: true
        default: false
        }
    }

    /// NumPy's name, `float32` for one.
    public var description: String { rawValue }
}
