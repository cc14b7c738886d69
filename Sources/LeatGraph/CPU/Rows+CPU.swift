import CLeatKernels

extension Softmax: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let x = step.inputs[0]
        return leat_add_softmax(step.plan, x.rows, x.columns, x.address, step.results[0].address)
    }
}

extension SoftmaxGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (y, dy) = (step.inputs[0], step.inputs[1])
        return leat_add_softmax_gradient(
            step.plan, y.rows, y.columns, y.address, dy.address, step.results[0].address)
    }
}

extension ArgMax: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let x = step.inputs[0]
        return leat_add_argmax(step.plan, x.rows, x.columns, x.address, step.results[0].address)
    }
}

extension Pick: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, labels) = (step.inputs[0], step.inputs[1])
        return leat_add_pick(step.plan, x.rows, x.columns, x.address, labels.address, step.results[0].address)
    }
}

extension PickGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (labels, dy, dx) = (step.inputs[0], step.inputs[1], step.results[0])
        return leat_add_pick_gradient(step.plan, dx.rows, dx.columns, labels.address, dy.address, dx.address)
    }
}

extension SoftmaxCrossEntropy: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, targets) = (step.inputs[0], step.inputs[1].address)
        let (p, loss) = (step.results[0].address, step.results[1].address)
        return sparse
            ? leat_add_sparse_cross_entropy(step.plan, x.rows, x.columns, x.address, targets, p, loss)
            : leat_add_softmax_cross_entropy(step.plan, x.rows, x.columns, x.address, targets, p, loss)
    }
}

extension SoftmaxCrossEntropyGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (p, targets, dloss) = (step.inputs[0], step.inputs[1].address, step.inputs[2].address)
        let dx = step.results[0].address
        return sparse
            ? leat_add_sparse_cross_entropy_gradient(step.plan, p.rows, p.columns, p.address, targets, dloss, dx)
            : leat_add_softmax_cross_entropy_gradient(step.plan, p.rows, p.columns, p.address, targets, dloss, dx)
    }
}

extension SigmoidCrossEntropy: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let x = step.inputs[0]
        return leat_add_sigmoid_cross_entropy(
            step.plan, x.count, x.address, step.inputs[1].address, step.results[0].address, step.results[1].address)
    }
}

extension SigmoidCrossEntropyGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let p = step.inputs[0]
        return leat_add_sigmoid_cross_entropy_gradient(
            step.plan, p.count, p.address, step.inputs[1].address, step.inputs[2].address, step.results[0].address)
    }
}
