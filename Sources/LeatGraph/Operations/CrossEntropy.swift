import LeatCore

/// A cross-entropy of probabilities against targets, per sample; operands: probabilities, targets.
///
/// Not run as it is: `lowerCrossEntropies` turns it into one fused operation on logits where the probabilities come
/// from softmax or sigmoid, and into elementary operations elsewhere.
struct CrossEntropy: Operation {
    enum Kind { case categorical, sparse, binary }

    let kind: Kind
}

/// Softmax and cross-entropy in one; operands: logits, targets; results: probabilities, loss of each row.
struct SoftmaxCrossEntropy: Operation {
    /// Whether targets are labels, one a row, and not distributions.
    let sparse: Bool

    func gradients(_ context: GradientContext) -> [Value?] {
        let (x, targets, p) = (context.inputs[0], context.inputs[1], context.results[0])
        let fromLoss = context.gradients[1].map {
            x.graph.append(SoftmaxCrossEntropyGradient(sparse: sparse), [p, targets, $0], x.shape)
        }
        return [sum(fromLoss, context.gradients[0].map { p.softmaxGradient($0) }), nil]
    }
}

/// Operands: probabilities, targets, gradient of each row's loss.
struct SoftmaxCrossEntropyGradient: Operation { let sparse: Bool }

/// Sigmoid and binary cross-entropy in one, elementwise; operands: logits, targets; results: probabilities, losses.
struct SigmoidCrossEntropy: Operation {
    func gradients(_ context: GradientContext) -> [Value?] {
        let (x, targets, p) = (context.inputs[0], context.inputs[1], context.results[0])
        let fromLoss = context.gradients[1].map {
            x.graph.append(SigmoidCrossEntropyGradient(), [p, targets, $0], x.shape)
        }
        return [sum(fromLoss, context.gradients[0].map { p.activationGradient(.sigmoid, $0) }), nil]
    }
}

/// Operands: probabilities, targets, gradient of each element's loss.
struct SigmoidCrossEntropyGradient: Operation {}

/// The sum of the gradients that are there.
private func sum(_ a: Value?, _ b: Value?) -> Value? {
    guard let a, let b else { return a ?? b }
    return a + b
}
