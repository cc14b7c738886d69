import LeatCore
public import LeatGraph

/// A convolution over images: activation(x ∗ kernel + bias), cross-correlation as everywhere in this field.
///
/// Input (height, width, channels), output (height', width', filters); parameters kernel (rows, columns, channels,
/// filters) and bias (filters,).
public struct Conv2D: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The number of channels of the output.
    public let filters: Int
    /// Applied to the output.
    public let activation: ActivationFunction
    /// Whether a bias is added.
    public let useBias: Bool
    private let geometry: ImageGeometry
    private let kernelInitializer: Initializer
    private let biasInitializer: Initializer

    /// A convolution with Keras' defaults; sizes are one number or `[rows, columns]`.
    public init(
        _ filters: Int, _ kernelSize: Size2D, strides: Size2D = 1, padding: Padding = .valid,
        dataFormat: DataFormat = .channelsLast, dilationRate: Size2D = 1, activation: ActivationFunction = .linear,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        inputShape: [Int?]? = nil, batchInputShape: [Int?]? = nil, name: String? = nil, trainable: Bool = true
    ) {
        settings = LayerSettings(
            name: name, inputShape: inputShape, batchInputShape: batchInputShape, trainable: trainable)
        self.filters = filters
        self.activation = activation
        self.useBias = useBias
        geometry = ImageGeometry(
            size: kernelSize, strides: strides, dilation: dilationRate, padding: padding, dataFormat: dataFormat)
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
    }

    /// Height and width by padding and strides, and `filters` channels.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        try activation.check()
        guard filters > 0 else { throw error(.invalidArgument, "filters must be positive, not \(filters).") }
        return try geometry.outputShape(for: input, channels: filters, layer: self)
    }

    /// Kernel and bias.
    public func parameters(for input: [Int?]) throws -> [ParameterDeclaration] {
        guard let channels = try geometry.image(input, for: self).channels else {
            throw error(.shapeMismatch, "the channels of the input \(input.batchDescription) must be known.")
        }
        let size = geometry.size
        let kernel = ParameterDeclaration(
            "kernel", shape: [size.height, size.width, channels, filters], initializer: kernelInitializer)
        return useBias
            ? [kernel, ParameterDeclaration("bias", shape: [filters], initializer: biasInitializer)] : [kernel]
    }

    /// Adds the convolution, bias and activation.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        geometry.apply(to: x) { images, window in
            let convolved = images.convolved(with: parameters[0], window: window)
            return activation(useBias ? convolved + parameters[1] : convolved)
        }
    }
}
