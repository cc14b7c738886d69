import LeatCore
public import LeatGraph

/// Joins all axes but the batch axis: (n, a, b, …) becomes (n, a · b · …).
public struct Flatten: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// Where the input has its channels; elements always come out in channels-last order, as in Keras.
    public let dataFormat: DataFormat

    /// A layer that joins axes.
    public init(dataFormat: DataFormat = .channelsLast, inputShape: [Int?]? = nil, name: String? = nil) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        self.dataFormat = dataFormat
    }

    /// One axis with all elements of a sample.
    public func outputShape(for input: [Int?]) throws -> [Int?] { [input.knownCount] }

    /// Adds the reshape.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        let ordered = dataFormat == .channelsFirst && x.shape.rank > 2 ? x.movingChannelsLast() : x
        return ordered.reshaped(to: [x.shape[0], x.shape.droppingFirst.count])
    }
}
