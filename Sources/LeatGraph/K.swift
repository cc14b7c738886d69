import LeatCore

/// Keras' backend functions, for losses, metrics and layers of one's own; gradients come by themselves.
public enum K {
    /// The small number that keeps logarithms and quotients finite, 1e-7.
    public static let epsilon = 1e-7

    /// The mean over an axis, or over all.
    public static func mean(_ x: Value, axis: Int? = nil) -> Value { x.mean(axes: axis.map { [$0] }) }
    /// The sum over an axis, or over all.
    public static func sum(_ x: Value, axis: Int? = nil) -> Value { x.sum(axes: axis.map { [$0] }) }
    /// The maximum over an axis, or over all.
    public static func max(_ x: Value, axis: Int? = nil) -> Value { x.max(axes: axis.map { [$0] }) }
    /// The larger of two, elementwise.
    public static func maximum(_ a: Value, _ b: Value) -> Value { a.binary(.maximum, b) }
    /// The smaller of two, elementwise.
    public static func minimum(_ a: Value, _ b: Value) -> Value { a.binary(.minimum, b) }
    /// Each element moved into a range.
    public static func clip(_ x: Value, _ low: Double, _ high: Double) -> Value {
        minimum(maximum(x, x.graph.constant(low)), x.graph.constant(high))
    }
    /// 1 where equal, else 0.
    public static func equal(_ a: Value, _ b: Value) -> Value { a.binary(.equal, b) }
    /// 1 where a > b, else 0.
    public static func greater(_ a: Value, _ b: Value) -> Value { a.binary(.greater, b) }
    /// The square, elementwise.
    public static func square(_ x: Value) -> Value { x.unary(.square) }
    /// The square root, elementwise.
    public static func sqrt(_ x: Value) -> Value { x.unary(.sqrt) }
    /// The absolute value, elementwise.
    public static func abs(_ x: Value) -> Value { x.unary(.abs) }
    /// The natural exponential, elementwise.
    public static func exp(_ x: Value) -> Value { x.unary(.exp) }
    /// The natural logarithm, elementwise.
    public static func log(_ x: Value) -> Value { x.unary(.log) }
    /// −1, 0 or 1 by the sign, elementwise.
    public static func sign(_ x: Value) -> Value { x.unary(.sign) }
    /// The nearest whole number, halves to the even one, elementwise.
    public static func round(_ x: Value) -> Value { x.unary(.roundEven) }
    /// max(x, 0), elementwise.
    public static func relu(_ x: Value) -> Value { x.activated(.relu) }
    /// 1 / (1 + e^−x), elementwise.
    public static func sigmoid(_ x: Value) -> Value { x.activated(.sigmoid) }
    /// The hyperbolic tangent, elementwise.
    public static func tanh(_ x: Value) -> Value { x.activated(.tanh) }
    /// Softmax over the last axis.
    public static func softmax(_ x: Value) -> Value { x.softmax() }
    /// The index of the first maximum along the last axis.
    public static func argmax(_ x: Value) -> Value { x.argmax() }
    /// The product of two matrices.
    public static func dot(_ a: Value, _ b: Value) -> Value { a.product(b) }
    /// The same elements under another shape.
    public static func reshape(_ x: Value, _ shape: [Int]) -> Value { x.reshaped(to: .init(shape)) }
}
