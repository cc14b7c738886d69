public import LeatGraph

/// Scales its input: x · scale + offset, for bytes to numbers from 0 to 1 with `Rescaling(1 / 255)`.
public struct Rescaling: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// What elements are multiplied by.
    public let scale: Double
    /// What is added then.
    public let offset: Double

    /// A layer that scales its input.
    public init(_ scale: Double, offset: Double = 0, inputShape: [Int?]? = nil, name: String? = nil) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        self.scale = scale
        self.offset = offset
    }

    /// The input's shape.
    public func outputShape(for input: [Int?]) throws -> [Int?] { input }

    /// Adds the product and sum.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        let scaled = x * scale
        return offset == 0 ? scaled : scaled + offset
    }
}
