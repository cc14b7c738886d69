import LeatCore

extension Graph {
    /// Turns each cross-entropy into one operation on logits where softmax or sigmoid made the probabilities, exact
    /// also where they round to 0 or 1, and into elementary operations elsewhere.
    func loweringCrossEntropies(roots: [Value]) -> (graph: Graph, roots: [Value]) {
        rewritten(roots: roots) { operation, operands, results, rewriting in
            guard let entropy = operation as? CrossEntropy else { return nil }
            let targets = rewriting.image(of: operands[1])
            let loss = results[0].shape
            guard let logits = logits(of: operands[0], for: entropy.kind).map({ rewriting.image(of: $0) }) else {
                return [expanded(entropy.kind, rewriting.image(of: operands[0]), targets)]
            }
            let fused: any Operation =
                entropy.kind == .binary ? SigmoidCrossEntropy() : SoftmaxCrossEntropy(sparse: entropy.kind == .sparse)
            let both = rewriting.new.append(fused, [logits, targets], [(logits.shape, .real), (loss, .real)])
            rewriting.redirect(operands[0], to: both[0])
            return [both[1]]
        }
    }

    private func logits(of probabilities: Value, for kind: CrossEntropy.Kind) -> Value? {
        switch (kind, probabilities.operation) {
        case (.categorical, is Softmax), (.sparse, is Softmax): probabilities.operands[0]
        case (.binary, let activation as Activate) where activation.kind == .sigmoid: probabilities.operands[0]
        default: nil
        }
    }

    private func expanded(_ kind: CrossEntropy.Kind, _ p: Value, _ targets: Value) -> Value {
        if kind == .binary {
            let clipped = K.clip(p, K.epsilon, 1 - K.epsilon)
            return -(targets * K.log(clipped) + (1 - targets) * K.log(1 - clipped))
        }
        var sums = p.shape
        sums[-1] = 1
        let scaled = K.clip(p / p.sum(axes: [-1]).reshaped(to: sums), K.epsilon, 1 - K.epsilon)
        if kind == .categorical { return -(targets * K.log(scaled)).sum(axes: [-1]) }
        return -K.log(scaled.graph.append(Pick(), [scaled, targets], targets.shape))
    }
}
