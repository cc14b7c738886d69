import LeatCore
public import LeatGraph

/// A convolution over sequences: activation(x ∗ kernel + bias), cross-correlation as everywhere in this field.
///
/// Input (steps, channels), output (steps', filters); parameters kernel (window, channels, filters) and bias (filters,).
/// With `causal` padding a step of the output depends on no later step of the input.
public struct Conv1D: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The number of channels of the output.
    public var filters: Int { convolution.filters }
    /// Applied to the output.
    public var activation: ActivationFunction { convolution.activation }
    /// Whether a bias is added.
    public var useBias: Bool { convolution.useBias }
    private let convolution: WindowConvolution

    /// A convolution with Keras' defaults.
    public init(
        _ filters: Int, _ kernelSize: Int, strides: Int = 1, padding: Padding = .valid,
        dataFormat: DataFormat = .channelsLast, dilationRate: Int = 1, activation: ActivationFunction = .linear,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        inputShape: [Int?]? = nil, batchInputShape: [Int?]? = nil, name: String? = nil, trainable: Bool = true
    ) {
        settings = LayerSettings(
            name: name, inputShape: inputShape, batchInputShape: batchInputShape, trainable: trainable)
        let geometry = WindowGeometry(
            sequences: kernelSize, strides: strides, dilation: dilationRate, padding: padding, dataFormat: dataFormat)
        convolution = WindowConvolution(
            filters: filters, geometry: geometry, activation: activation, useBias: useBias,
            kernelInitializer: kernelInitializer, biasInitializer: biasInitializer)
    }

    /// Steps by padding and strides, and `filters` channels.
    public func outputShape(for input: [Int?]) throws -> [Int?] { try convolution.outputShape(for: input, layer: self) }

    /// Kernel and bias.
    public func parameters(for input: [Int?]) throws -> [ParameterDeclaration] {
        try convolution.parameters(for: input, layer: self)
    }

    /// Adds the convolution, bias and activation.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        convolution.call(x, parameters: parameters)
    }
}
