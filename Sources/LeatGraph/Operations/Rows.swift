/// Softmax over the last axis.
struct Softmax: Operation {
    var reusableOperand: Int? { 0 }

    func gradients(_ context: GradientContext) -> [Value?] {
        [context.gradients[0].map { context.results[0].softmaxGradient($0) }]
    }
}

/// The gradient of softmax from its output; operands: y, dy.
struct SoftmaxGradient: Operation {}

/// The index of the first maximum along the last axis, as a number.
struct ArgMax: Operation {}

/// The element of each row that its label names; operands: x, labels.
struct Pick: Operation {
    func gradients(_ context: GradientContext) -> [Value?] {
        guard let dy = context.gradients[0] else { return [nil, nil] }
        let (x, labels) = (context.inputs[0], context.inputs[1])
        return [x.graph.append(PickGradient(), [labels, dy], x.shape), nil]
    }
}

/// Zero but for the picked element of each row; operands: labels, dy.
struct PickGradient: Operation {}
