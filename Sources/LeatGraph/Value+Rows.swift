import LeatCore

extension Value {
    /// Softmax over the last axis.
    public func softmax() -> Value { graph.append(Softmax(), [self], shape) }

    /// The index of the first maximum along the last axis, as a number.
    public func argmax() -> Value { graph.append(ArgMax(), [self], Shape(Array(shape.dimensions.dropLast()))) }

    /// −Σ targets · log p along the last axis, p being these probabilities scaled to sum 1 and kept off 0 and 1.
    public func categoricalCrossEntropy(targets: Value) -> Value {
        crossEntropy(.categorical, targets: targets, result: Shape(Array(shape.dimensions.dropLast())))
    }

    /// −log p[label] along the last axis; `labels` has this shape without the last axis, or with 1 there.
    public func sparseCategoricalCrossEntropy(labels: Value) -> Value {
        let rows = Shape(Array(shape.dimensions.dropLast()))
        return crossEntropy(.sparse, targets: labels.reshaped(to: rows), result: rows)
    }

    /// −(t · log p + (1 − t) · log(1 − p)), elementwise.
    public func binaryCrossEntropy(targets: Value) -> Value { crossEntropy(.binary, targets: targets, result: shape) }

    func softmaxGradient(_ dy: Value) -> Value { graph.append(SoftmaxGradient(), [self, dy], shape) }

    private func crossEntropy(_ kind: CrossEntropy.Kind, targets: Value, result: Shape) -> Value {
        guard shape.rank > 0, kind == .sparse || targets.shape == shape else {
            return graph.fail(
                .shapeMismatch, "Targets of shape \(targets.shape) don't fit an output of shape \(shape).",
                shape: result)
        }
        return graph.append(CrossEntropy(kind: kind), [self, targets], result)
    }
}
