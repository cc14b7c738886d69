import LeatCore

/// An operation whose arithmetic is worth counting; what all others do is little beside it.
protocol CountedOperation: Operation {
    /// Multiplications and additions on tensors of these shapes; what is multiplied by padding counts. A result that
    /// nobody reads has none.
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double
}

extension Graph {
    /// The multiplications and additions of products, convolutions and recurrent layers that running a graph takes.
    ///
    /// - Parameters:
    ///   - outputs: The values to compute.
    ///   - loss: A scalar whose gradients for the trainable parameters are wanted as well; nil for none.
    ///   - parameters: The parameters by index.
    /// - Returns: Their number; a multiplication and an addition are two.
    /// - Throws: `GraphError` with the first mistake made while building the graph.
    public static func floatingPointOperations(
        outputs: [Value], differentiating loss: Value? = nil, parameters: [ParameterStore.Specification]
    ) throws -> Double {
        let compiled = try CompiledGraph(outputs: outputs, loss: loss, parameters: parameters)
        let graph = compiled.graph
        let roots = compiled.outputs + compiled.gradients.map(\.value) + compiled.assignments.map(\.value)
        let (kept, uses) = (graph.reachable(from: roots), graph.useCounts(roots: roots))
        return zip(graph.nodes, kept).reduce(0) { sum, element in
            guard element.1, let operation = element.0.operation as? any CountedOperation else { return sum }
            return sum
                + operation.floatingPointOperations(
                    inputs: element.0.inputs.map { graph.values[$0].shape },
                    results: element.0.results.map { uses[$0] > 0 ? graph.values[$0].shape : nil })
        }
    }
}

extension Product: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double {
        2 * Double(results[0]?.count ?? 0) * Double(inputs[0][transposeA ? 0 : 1])
    }
}

extension Convolution: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double {
        window.floatingPointOperations(output: results[0] ?? [0], channels: inputs[0][3])
    }
}

extension ConvolutionDataGradient: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double {
        window.floatingPointOperations(output: inputs[0], channels: results[0]?[3] ?? 0)
    }
}

extension ConvolutionFilterGradient: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double {
        window.floatingPointOperations(output: inputs[1], channels: inputs[0][3])
    }
}

extension Window {
    /// For each pixel of the output and each filter, one multiplication and addition a pixel and channel of the window.
    fileprivate func floatingPointOperations(output: Shape, channels: Int) -> Double {
        2 * Double(output.count) * Double(height * width) * Double(channels)
    }
}
