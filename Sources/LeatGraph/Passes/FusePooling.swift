extension Graph {
    /// Lets convolutions pool their results while they write them, where the backend says that it can.
    ///
    /// To be called after gradients have been derived: the whole result of the convolution is gone, which no gradient of
    /// relu and pooling wants.
    func fusingPooling(
        roots: [Value], where canPool: (Convolution, _ images: Value, _ filters: Value, MaxPool) -> Bool
    ) -> (graph: Graph, roots: [Value]) {
        rewritten(roots: roots) { operation, operands, results, rewriting in
            guard let pooling = operation as? MaxPool, rewriting.isUsedOnce(operands[0]),
                let convolution = operands[0].operation as? Convolution
            else {
                return nil
            }
            let inputs = operands[0].operands
            guard canPool(convolution, inputs[0], inputs[1], pooling) else { return nil }
            return rewriting.new.append(
                PooledConvolution(convolution: convolution, pool: pooling.window),
                inputs.map { rewriting.image(of: $0) },
                results.map { ($0.shape, $0.element) })
        }
    }
}
