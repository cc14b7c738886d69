import LeatCore

extension Graph {
    /// Lets products and convolutions add the bias and apply the activation, and products dropout, while they write their
    /// result.
    func fusingEpilogues(roots: [Value]) -> (graph: Graph, roots: [Value]) {
        rewritten(roots: roots) { operation, operands, results, rewriting in
            guard let producer = operands.first, rewriting.isUsedOnce(producer) else { return nil }
            let linear = rewriting.image(of: producer)
            var inputs = linear.operands
            if operation as? Binary == .add, operands[1].shape.dimensions == results[0].shape.dimensions.suffix(1) {
                inputs.append(rewriting.image(of: operands[1]))
                guard let fused = linear.operation.addingBias() else { return nil }
                return [rewriting.new.append(fused, inputs, results[0].shape)]
            }
            if let masked = operation as? Masked {
                return rewriting.fusing(masked, operands[1], into: linear)
            }
            guard let activation = operation as? Activate, let fused = linear.operation.activated(activation.kind)
            else {
                return nil
            }
            return [rewriting.new.append(fused, inputs, results[0].shape)]
        }
    }

    /// Folds the gradients of activations and dropouts into the max-pool gradient, the product or the convolution that
    /// brings them.
    func fusingGradients(roots: [Value]) -> (graph: Graph, roots: [Value]) {
        rewritten(roots: roots) { operation, operands, results, rewriting in
            if let masked = operation as? Masked, rewriting.isUsedOnce(operands[0]) {
                return rewriting.fusing(masked, operands[1], into: rewriting.image(of: operands[0]))
            }
            guard let activation = operation as? ActivationGradient, rewriting.isUsedOnce(operands[1]) else {
                return nil
            }
            let (output, arriving) = (operands[0], operands[1])
            let image = rewriting.image(of: arriving)
            switch image.operation {
            case let pool as MaxPoolGradient
            where activation.kind == .relu && activation.maskScale == nil && !pool.throughRelu:
                guard let pooled = pooledOutput(of: output, winners: arriving.operands[1]) else { return nil }
                return [
                    rewriting.new.append(
                        MaxPoolGradient(window: pool.window, throughRelu: true),
                        image.operands + [rewriting.image(of: pooled)], results[0].shape)
                ]
            case var product as Product where product.isPlain:
                product.gradientActivation = activation.kind
                product.maskScale = activation.maskScale
                let told = (operands.dropFirst(2) + [output]).map { rewriting.image(of: $0) }
                return [rewriting.new.append(product, image.operands + told, results[0].shape)]
            case var convolution as ConvolutionDataGradient
            where activation.maskScale == nil && convolution.gradientActivation == nil:
                convolution.gradientActivation = activation.kind
                return [
                    rewriting.new.append(convolution, image.operands + [rewriting.image(of: output)], results[0].shape)
                ]
            default: return nil
            }
        }
    }

    /// The max pool's first result, if `winners` is the second result of pooling `image`.
    private func pooledOutput(of image: Value, winners: Value) -> Value? {
        let node = nodes[values[winners.id].node]
        guard node.operation is MaxPool, node.inputs[0] == image.id else { return nil }
        return Value(graph: self, id: node.results[0])
    }
}

extension Operation {
    /// This operation with a bias added to its result, if it can do that.
    fileprivate func addingBias() -> (any Operation)? {
        switch self {
        case var product as Product where product.isPlain && !product.hasBias:
            product.hasBias = true
            return product
        case var convolution as Convolution where convolution.activation == .linear && !convolution.hasBias:
            convolution.hasBias = true
            return convolution
        default: return nil
        }
    }

    /// This operation with an activation applied to its result, if it can do that.
    fileprivate func activated(_ kind: ActivationKind) -> (any Operation)? {
        switch self {
        case var product as Product where product.isPlain:
            product.activation = kind
            return product
        case var convolution as Convolution where convolution.activation == .linear:
            convolution.activation = kind
            return convolution
        default: return nil
        }
    }
}

extension Rewriting {
    /// A product that masks its result itself, if the value is one that doesn't yet.
    fileprivate func fusing(_ masked: Masked, _ mask: Value, into value: Value) -> [Value]? {
        guard var product = value.operation as? Product, product.maskScale == nil, product.gradientActivation == nil
        else {
            return nil
        }
        product.maskScale = masked.scale
        return [new.append(product, value.operands + [image(of: mask)], value.shape)]
    }
}
