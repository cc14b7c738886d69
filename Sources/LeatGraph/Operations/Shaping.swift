import LeatCore

/// The same elements under another shape; costs nothing.
struct Reshape: Operation {
    func gradients(_ context: GradientContext) -> [Value?] {
        [context.gradients[0]?.reshaped(to: context.inputs[0].shape)]
    }
}

/// The axes in another order: axis i of the result is axis `order[i]` of the operand.
struct Transpose: Operation {
    let order: [Int]

    func gradients(_ context: GradientContext) -> [Value?] {
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return [context.gradients[0]?.transposed(inverse)]
    }
}

/// Repeats along axes of extent 1, and along new leading axes, as NumPy's `broadcast_to`.
struct Broadcast: Operation {
    func gradients(_ context: GradientContext) -> [Value?] {
        [context.gradients[0]?.summed(to: context.inputs[0].shape)]
    }
}

/// The sum, mean or maximum over some axes, which vanish.
struct Reduce: Operation {
    enum Kind { case sum, mean, max }

    let kind: Kind
    let axes: [Int]

    func gradients(_ context: GradientContext) -> [Value?] {
        guard let dy = context.gradients[0] else { return [nil] }
        let x = context.inputs[0]
        var kept = x.shape
        for axis in axes { kept[axis] = 1 }
        func spread(_ value: Value) -> Value { value.reshaped(to: kept).broadcast(to: x.shape) }
        switch kind {
        case .sum: return [spread(dy)]
        case .mean: return [spread(dy * (Double(dy.shape.count) / Double(Swift.max(x.shape.count, 1))))]
        case .max:
            // Ties share the gradient evenly, as in TensorFlow.
            let winners = x.binary(.equal, context.results[0].reshaped(to: kept))
            return [spread(dy) * winners / winners.reduced(.sum, axes: axes).reshaped(to: kept)]
        }
    }
}
