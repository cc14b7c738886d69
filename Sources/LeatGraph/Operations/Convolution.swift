import LeatCore

/// A two-dimensional convolution of NHWC images with an HWIO filter; operands: x, w, and the bias if there is one.
struct Convolution: Operation {
    let window: Window
    var hasBias = false
    var activation = ActivationKind.linear

    func gradients(_ context: GradientContext) -> [Value?] {
        guard let arriving = context.gradients[0] else { return context.inputs.map { _ in nil } }
        let (x, w) = (context.inputs[0], context.inputs[1])
        let dy = context.results[0].activationGradient(activation, arriving)
        let graph = x.graph
        let dx = context.needs[0] ? graph.append(ConvolutionDataGradient(window: window), [dy, w], x.shape) : nil
        let filters = graph.append(
            ConvolutionFilterGradient(window: window), [x, dy],
            [(w.shape, .real)] + (hasBias ? [([w.shape[-1]], .real)] : []))
        return [dx] + filters.map { $0 }
    }
}

/// Operands: dy, w, and the output whose activation's gradient multiplies the result, if there is one.
struct ConvolutionDataGradient: Operation {
    let window: Window
    /// If set, the last operand is x = act(…), and dx is multiplied by act'.
    var gradientActivation: ActivationKind?
}

/// Operands: x, dy; results: dw, and db if the convolution has a bias.
struct ConvolutionFilterGradient: Operation { let window: Window }
