import LeatCore
public import LeatGraph

/// A fully connected layer: activation(x · kernel + bias) along the last axis.
///
/// Input (…, in), output (…, units); parameters kernel (in, units) and bias (units,).
public struct Dense: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The extent of the output's last axis.
    public let units: Int
    /// Applied to the output.
    public let activation: ActivationFunction
    /// Whether a bias is added.
    public let useBias: Bool
    private let kernelInitializer: Initializer
    private let biasInitializer: Initializer

    /// A fully connected layer with Keras' defaults; `inputDim: n` is short for `inputShape: [n]`.
    public init(
        _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros, inputDim: Int? = nil,
        inputShape: [Int?]? = nil, batchInputShape: [Int?]? = nil, name: String? = nil, trainable: Bool = true
    ) {
        settings = LayerSettings(
            name: name, inputShape: inputDim.map { [$0] } ?? inputShape, batchInputShape: batchInputShape,
            trainable: trainable)
        self.units = units
        self.activation = activation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
    }

    /// The input's shape with `units` for its last extent.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        try activation.check()
        guard units > 0 else { throw error(.invalidArgument, "units must be positive, not \(units).") }
        guard !input.isEmpty else {
            throw error(.shapeMismatch, "expected an input of at least 2 axes, found (None,).")
        }
        return input.dropLast() + [units]
    }

    /// Kernel and bias.
    public func parameters(for input: [Int?]) throws -> [ParameterDeclaration] {
        guard let features = input.last ?? nil else {
            throw error(.shapeMismatch, "the last extent of the input \(input.batchDescription) must be known.")
        }
        let kernel = ParameterDeclaration("kernel", shape: [features, units], initializer: kernelInitializer)
        return useBias
            ? [kernel, ParameterDeclaration("bias", shape: [units], initializer: biasInitializer)] : [kernel]
    }

    /// Adds the product, bias and activation.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        let rows = x.reshaped(to: [x.shape.dimensions.dropLast().reduce(1, *), x.shape[-1]])
        let product = rows.product(parameters[0])
        let biased = useBias ? product + parameters[1] : product
        return activation(biased).reshaped(to: Shape(x.shape.dimensions.dropLast() + [units]))
    }
}
