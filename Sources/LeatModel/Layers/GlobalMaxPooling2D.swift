public import LeatGraph

/// The maximum of each channel over all pixels of an image.
///
/// Input (height, width, channels), output (channels,).
public struct GlobalMaxPooling2D: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    private let pooling: GlobalPooling

    /// A pooling layer; with `keepdims` the pooled axes stay, with extent 1.
    public init(
        dataFormat: DataFormat = .channelsLast, keepdims: Bool = false, inputShape: [Int?]? = nil, name: String? = nil
    ) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        pooling = GlobalPooling(rank: 2, dataFormat: dataFormat, keepdims: keepdims)
    }

    /// The channels.
    public func outputShape(for input: [Int?]) throws -> [Int?] { try pooling.outputShape(for: input, layer: self) }

    /// Adds the maximum.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        pooling.apply(to: x) { $0.max(axes: $1) }
    }
}
