import CLeatKernels
import LeatCore

extension Transpose: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let strides = step.inputs[0].strides
        return strided(step, order.map { strides[$0] })
    }
}

extension Broadcast: CPUOperation {
    func emit(_ step: CPUStep) -> Bool { strided(step, step.inputs[0].strides(repeatedTo: step.results[0].shape)) }
}

/// A copy that reads its operand with the given strides.
private func strided(_ step: CPUStep, _ strides: [Int64]) -> Bool {
    let y = step.results[0]
    return leat_add_strided_copy(
        step.plan, Int32(y.shape.rank), y.shape.kernelDimensions, step.inputs[0].address, strides, y.address)
}

extension Reduce: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let x = step.inputs[0]
        let reduced = (0..<x.shape.rank).map { axes.contains($0) }
        return leat_add_reduce(
            step.plan, kernel, Int32(x.shape.rank), x.shape.kernelDimensions, reduced, x.address,
            step.results[0].address)
    }

    private var kernel: leat_reduction {
        switch kind {
        case .sum: LEAT_SUM
        case .mean: LEAT_MEAN
        case .max: LEAT_MAX
        }
    }
}

extension Snapshot: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        leat_add_copy(step.plan, step.inputs[0].count, step.inputs[0].address, step.results[0].address)
    }
}
