public import LeatGraph

/// The mean of each channel over all steps of a sequence.
///
/// Input (steps, channels), output (channels,).
public struct GlobalAveragePooling1D: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    private let pooling: GlobalPooling

    /// A pooling layer; with `keepdims` the pooled axis stays, with extent 1.
    public init(
        dataFormat: DataFormat = .channelsLast, keepdims: Bool = false, inputShape: [Int?]? = nil, name: String? = nil
    ) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        pooling = GlobalPooling(rank: 1, dataFormat: dataFormat, keepdims: keepdims)
    }

    /// The channels.
    public func outputShape(for input: [Int?]) throws -> [Int?] { try pooling.outputShape(for: input, layer: self) }

    /// Adds the mean.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        pooling.apply(to: x) { $0.mean(axes: $1) }
    }
}
