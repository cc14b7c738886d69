/// Max pooling of NHWC images; results: y, and which pixel of each window won.
struct MaxPool: Operation {
    let window: Window

    func gradients(_ context: GradientContext) -> [Value?] {
        let x = context.inputs[0]
        return [
            context.gradients[0].map {
                x.graph.append(MaxPoolGradient(window: window, throughRelu: false), [$0, context.results[1]], x.shape)
            }
        ]
    }
}

/// A convolution and the max pooling of its result, which has no memory of its own; made last of all, when gradients are there.
///
/// Operands as the convolution's, results as the pooling's.
struct PooledConvolution: Operation {
    let convolution: Convolution
    let pool: Window
}

/// Operands: dy, winners, and with `throughRelu` the pool's output: then dy counts only where that is positive.
struct MaxPoolGradient: Operation {
    let window: Window
    let throughRelu: Bool
}
