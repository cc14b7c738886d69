public import LeatGraph

/// Zeroes each element with probability `rate` in training and scales the others by 1 / (1 − rate).
///
/// The mask is a pure function of (seed, training step, layer, element), whatever the number of threads.
public struct Dropout: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The share of elements that are zeroed, 0 to 1.
    public let rate: Double

    /// A dropout layer.
    public init(_ rate: Double, inputShape: [Int?]? = nil, name: String? = nil) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        self.rate = rate
    }

    /// The input's shape.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        guard (0...1).contains(rate) else { throw error(.invalidArgument, "rate must be from 0 to 1, not \(rate).") }
        return input
    }

    /// Adds dropout to a training graph and nothing to others.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        guard context.isTraining, rate > 0 else { return x }
        return rate < 1 ? x.dropout(rate: rate, stream: context.randomStream) : x * 0
    }
}
