import LeatCore
public import LeatGraph

/// Long short-term memory (Hochreiter and Schmidhuber, 1997).
///
/// Input (steps, features), output (units,) of the last step or (steps, units) of all; parameters kernel (features,
/// 4 · units), recurrent_kernel (units, 4 · units) and bias (4 · units,), the gates in the order i, f, c, o.
public struct LSTM: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The extent of the state and the output.
    public let units: Int
    /// Whether a bias is added.
    public let useBias: Bool
    private let options: RecurrentOptions
    private let kernelInitializer: Initializer
    private let recurrentInitializer: Initializer
    private let biasInitializer: Initializer

    /// A long short-term memory with Keras' defaults.
    ///
    /// `activation` is applied to what enters the cell and to the cell, `recurrentActivation` to the gates; both are
    /// linear, relu, sigmoid or tanh. With `unitForgetBias` the bias of the forget gate starts at 1. With
    /// `returnSequences` the output has all steps, with `goBackwards` they are read from the last to the first. If
    /// `stateful`, sample i of a batch starts from the state that sample i of the batch before ended in, until the states
    /// are reset; such a model needs a fixed batch size.
    public init(
        _ units: Int, activation: ActivationFunction = .tanh, recurrentActivation: ActivationFunction = .sigmoid,
        useBias: Bool = true, kernelInitializer: Initializer = .glorotUniform,
        recurrentInitializer: Initializer = .orthogonal(), biasInitializer: Initializer = .zeros,
        unitForgetBias: Bool = true, returnSequences: Bool = false, goBackwards: Bool = false, stateful: Bool = false,
        inputShape: [Int?]? = nil, batchInputShape: [Int?]? = nil, batchSize: Int? = nil, name: String? = nil,
        trainable: Bool = true
    ) {
        settings = LayerSettings(
            name: name, inputShape: inputShape, batchInputShape: batchInputShape, batchSize: batchSize,
            trainable: trainable)
        self.units = units
        self.useBias = useBias
        options = RecurrentOptions(
            activation: activation, recurrentActivation: recurrentActivation, returnSequences: returnSequences,
            goBackwards: goBackwards, stateful: stateful)
        self.kernelInitializer = kernelInitializer
        self.recurrentInitializer = recurrentInitializer
        self.biasInitializer = unitForgetBias ? .remembering(biasInitializer) : biasInitializer
    }

    /// (units,), or (steps, units) with `returnSequences`.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        try options.outputShape(for: input, units: units, layer: self)
    }

    /// Kernel, recurrent kernel and bias.
    public func parameters(for input: [Int?]) throws -> [ParameterDeclaration] {
        let features = try options.features(of: input, units: units, layer: self)
        let bias = ParameterDeclaration("bias", shape: [4 * units], initializer: biasInitializer)
        return [
            ParameterDeclaration("kernel", shape: [features, 4 * units], initializer: kernelInitializer),
            ParameterDeclaration("recurrent_kernel", shape: [units, 4 * units], initializer: recurrentInitializer),
        ] + (useBias ? [bias] : [])
    }

    /// The state and the cell of each sample, if stateful.
    public func states(for input: [Int?], batchSize: Int?) throws -> [ParameterDeclaration] {
        try options.states(["state", "cell"], units: units, batchSize: batchSize, layer: self)
    }

    /// Adds all steps.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        let states = context.states
        let result = x.lstm(
            kernel: parameters[0], recurrentKernel: parameters[1], bias: useBias ? parameters[2] : nil,
            initial: states.isEmpty ? nil : (states[0], states[1]), options.recurrence)
        if !states.isEmpty {
            x.graph.assign(result.state, to: states[0])
            x.graph.assign(result.cell, to: states[1])
        }
        return result.output
    }
}
