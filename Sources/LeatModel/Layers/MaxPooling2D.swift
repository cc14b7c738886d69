public import LeatGraph

/// The maximum of each window of an image, channel by channel.
///
/// Input (height, width, channels), output (height', width', channels).
public struct MaxPooling2D: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    private let geometry: WindowGeometry

    /// A pooling layer with Keras' defaults; without `strides` the windows lie side by side.
    public init(
        _ poolSize: Size2D = 2, strides: Size2D? = nil, padding: Padding = .valid,
        dataFormat: DataFormat = .channelsLast, inputShape: [Int?]? = nil, name: String? = nil
    ) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        geometry = WindowGeometry(
            images: poolSize, strides: strides ?? poolSize, padding: padding, dataFormat: dataFormat)
    }

    /// Keras' spelling, `MaxPooling2D(poolSize: [2, 2])`.
    public init(
        poolSize: Size2D, strides: Size2D? = nil, padding: Padding = .valid, dataFormat: DataFormat = .channelsLast,
        inputShape: [Int?]? = nil, name: String? = nil
    ) {
        self.init(
            poolSize, strides: strides, padding: padding, dataFormat: dataFormat, inputShape: inputShape, name: name)
    }

    /// Height and width by padding and strides; channels stay.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        try geometry.pooledShape(for: input, layer: self)
    }

    /// Adds the pooling.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        geometry.apply(to: x) { images, window in images.maxPooled(window: window) }
    }
}
