public import LeatGraph

/// A nonlinearity: `.relu`, Keras' name as a string, or a function of one's own.
public struct ActivationFunction: Sendable, ExpressibleByStringLiteral {
    /// Keras' name.
    public let name: String
    /// Whether it is known to treat every element by itself; a function of one's own may do anything.
    let isElementwise: Bool
    private let function: (@Sendable (Value) -> Value)?
    /// The kernels' own kind of this function, if it is one of those.
    let kind: ActivationKind?

    /// A function of one's own; its gradient comes by itself.
    public init(_ name: String, function: @escaping @Sendable (Value) -> Value) {
        self.name = name
        isElementwise = false
        self.function = function
        kind = nil
    }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(stringLiteral name: String) { self.init(named: name) }

    /// One of Keras' by name; an unknown name is reported when the model is compiled.
    public init(named name: String) {
        self.name = name
        isElementwise = name != "softmax"
        function = Self.known[name]
        kind = Self.kinds[name]
    }

    /// max(x, 0).
    public static let relu: Self = "relu"
    /// e^x scaled to sum 1 along the last axis.
    public static let softmax: Self = "softmax"
    /// 1 / (1 + e^−x).
    public static let sigmoid: Self = "sigmoid"
    /// The hyperbolic tangent.
    public static let tanh: Self = "tanh"
    /// The identity.
    public static let linear: Self = "linear"

    /// Throws if the name is unknown.
    func check() throws(ModelError) {
        if function == nil { throw .unknown("activation", name, known: Self.known.keys) }
    }

    func callAsFunction(_ x: Value) -> Value { function?(x) ?? x }

    private static let kinds: [String: ActivationKind] = [
        "relu": .relu, "sigmoid": .sigmoid, "tanh": .tanh, "linear": .linear,
    ]
    private static let known: [String: @Sendable (Value) -> Value] = [
        "relu": { $0.activated(.relu) },
        "softmax": { $0.softmax() },
        "sigmoid": { $0.activated(.sigmoid) },
        "tanh": { $0.activated(.tanh) },
        "linear": { $0 },
    ]
}
