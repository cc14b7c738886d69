public import LeatGraph

/// Applies an activation.
public struct Activation: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// What is applied.
    public let function: ActivationFunction

    /// A layer that applies an activation.
    public init(_ function: ActivationFunction, inputShape: [Int?]? = nil, name: String? = nil) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        self.function = function
    }

    /// The input's shape.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        try function.check()
        return input
    }

    /// Adds the activation.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value { function(x) }
}
