import CLeatKernels
import LeatCore

extension Unary: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        leat_add_unary(step.plan, kernel, step.results[0].count, step.inputs[0].address, step.results[0].address)
    }

    private var kernel: leat_unary {
        switch self {
        case .negate: LEAT_NEGATE
        case .exp: LEAT_EXP
        case .log: LEAT_LOG
        case .sqrt: LEAT_SQRT
        case .square: LEAT_SQUARE
        case .abs: LEAT_ABS
        case .sign: LEAT_SIGN
        case .reciprocal: LEAT_RECIPROCAL
        case .roundEven: LEAT_ROUND_EVEN
        }
    }
}

extension Binary: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (a, b, y) = (step.inputs[0], step.inputs[1], step.results[0])
        return leat_add_binary(
            step.plan, kernel, Int32(y.shape.rank), y.shape.kernelDimensions, a.address,
            a.strides(repeatedTo: y.shape), b.address, b.strides(repeatedTo: y.shape), y.address)
    }

    private var kernel: leat_binary {
        switch self {
        case .add: LEAT_ADD
        case .subtract: LEAT_SUBTRACT
        case .multiply: LEAT_MULTIPLY
        case .divide: LEAT_DIVIDE
        case .maximum: LEAT_MAXIMUM
        case .minimum: LEAT_MINIMUM
        case .equal: LEAT_EQUAL
        case .greater: LEAT_GREATER
        case .greaterEqual: LEAT_GREATER_EQUAL
        }
    }
}

extension ActivationKind {
    var kernel: leat_activation {
        switch self {
        case .linear: LEAT_LINEAR
        case .relu: LEAT_RELU
        case .sigmoid: LEAT_SIGMOID
        case .tanh: LEAT_TANH
        }
    }
}

extension Activate: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let y = step.results[0]
        return leat_add_activation(step.plan, kind.kernel, y.count, step.inputs[0].address, y.address)
    }
}

extension ActivationGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (y, dy, dx) = (step.inputs[0], step.inputs[1], step.results[0])
        let mask = maskScale.map { _ in step.inputs[2].mask }
        return leat_add_activation_gradient(
            step.plan, kind.kernel, dx.count, y.address, dy.address, mask, maskScale ?? 1, dx.address)
    }
}

extension DropoutMask: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let mask = step.results[0]
        return leat_add_dropout_mask(
            step.plan, mask.count, rate, stream, step.random.seed, step.random.step, mask.mask)
    }
}

extension Masked: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, mask, y) = (step.inputs[0], step.inputs[1], step.results[0])
        return leat_add_masked(step.plan, y.count, mask.mask, scale, x.address, y.address)
    }
}
