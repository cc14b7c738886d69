import LeatCore

extension Value {
    /// The sum, elementwise with NumPy's broadcasting.
    public static func + (a: Value, b: Value) -> Value { a.binary(.add, b) }
    /// The difference, elementwise with NumPy's broadcasting.
    public static func - (a: Value, b: Value) -> Value { a.binary(.subtract, b) }
    /// The product, elementwise with NumPy's broadcasting.
    public static func * (a: Value, b: Value) -> Value { a.binary(.multiply, b) }
    /// The quotient, elementwise with NumPy's broadcasting.
    public static func / (a: Value, b: Value) -> Value { a.binary(.divide, b) }
    /// The sum with a number.
    public static func + (a: Value, b: Double) -> Value { a + a.graph.constant(b) }
    /// The difference to a number.
    public static func - (a: Value, b: Double) -> Value { a - a.graph.constant(b) }
    /// The product with a number.
    public static func * (a: Value, b: Double) -> Value { a * a.graph.constant(b) }
    /// The quotient by a number.
    public static func / (a: Value, b: Double) -> Value { a / a.graph.constant(b) }
    /// The sum with a number.
    public static func + (a: Double, b: Value) -> Value { b.graph.constant(a) + b }
    /// The difference from a number.
    public static func - (a: Double, b: Value) -> Value { b.graph.constant(a) - b }
    /// The product with a number.
    public static func * (a: Double, b: Value) -> Value { b.graph.constant(a) * b }
    /// The quotient of a number.
    public static func / (a: Double, b: Value) -> Value { b.graph.constant(a) / b }
    /// The negative.
    public static prefix func - (x: Value) -> Value { x.unary(.negate) }

    /// An activation, elementwise.
    public func activated(_ kind: ActivationKind) -> Value {
        kind == .linear ? self : graph.append(Activate(kind: kind), [self], shape)
    }

    /// Inverted dropout: each element is zeroed with probability `rate`, the others grow by 1 / (1 − rate).
    ///
    /// The stream tells this dropout's random numbers from those of other layers.
    public func dropout(rate: Double, stream: UInt32) -> Value {
        let mask = graph.append(DropoutMask(rate: rate, stream: stream), [], [(shape, .bit)])[0]
        return masked(by: mask, scale: 1 / (1 - rate))
    }

    func unary(_ function: Unary) -> Value { graph.append(function, [self], shape) }

    func binary(_ function: Binary, _ other: Value) -> Value {
        guard let result = Self.broadcastShape(shape, other.shape) else {
            return graph.fail(
                .shapeMismatch, "Tensors of shapes \(shape) and \(other.shape) can't be combined elementwise.",
                shape: shape)
        }
        return graph.append(function, [self, other], result)
    }

    /// The elements that a mask of this shape keeps, scaled, and 0 elsewhere.
    func masked(by mask: Value, scale: Double) -> Value { graph.append(Masked(scale: scale), [self, mask], shape) }

    /// dy · act'(x) where this value is act(x), or with a mask act(x) masked and scaled.
    func activationGradient(_ kind: ActivationKind, _ dy: Value, mask: Value? = nil, scale: Double? = nil) -> Value {
        guard let mask, let scale else {
            return kind == .linear ? dy : graph.append(ActivationGradient(kind: kind), [self, dy], shape)
        }
        if kind == .linear { return dy.masked(by: mask, scale: scale) }
        return graph.append(ActivationGradient(kind: kind, maskScale: scale), [self, dy, mask], shape)
    }

    /// The shape of an elementwise combination, or nil if the shapes don't fit.
    private static func broadcastShape(_ a: Shape, _ b: Shape) -> Shape? {
        let rank = Swift.max(a.rank, b.rank)
        let padded = [a, b].map { Array(repeating: 1, count: rank - $0.rank) + $0.dimensions }
        var result: [Int] = []
        for (x, y) in zip(padded[0], padded[1]) {
            guard x == y || x == 1 || y == 1 else { return nil }
            result.append(x == 1 ? y : x)
        }
        return Shape(result)
    }
}
