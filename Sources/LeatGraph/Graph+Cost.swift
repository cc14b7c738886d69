import LeatCore

/// An operation whose arithmetic is worth counting; what all others do is little beside it.
protocol CountedOperation: Operation {
    /// Multiplications and additions on tensors of these shapes; what is multiplied by padding counts.
    func floatingPointOperations(inputs: [Shape], results: [Shape]) -> Double
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
        let kept = graph.reachable(from: compiled.outputs + compiled.gradients.map(\.value))
        return zip(graph.nodes, kept).reduce(0) { sum, element in
            guard element.1, let operation = element.0.operation as? any CountedOperation else { return sum }
            func shapes(_ values: [Int]) -> [Shape] { values.map { graph.values[$0].shape } }
            let (inputs, results) = (shapes(element.0.inputs), shapes(element.0.results))
            return sum + operation.floatingPointOperations(inputs: inputs, results: results)
        }
    }
}

extension Product: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape]) -> Double {
        2 * Double(results[0].count) * Double(inputs[0][transposeA ? 0 : 1])
    }
}

extension Convolution: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape]) -> Double {
        window.floatingPointOperations(output: results[0], channels: inputs[0][3])
    }
}

extension ConvolutionDataGradient: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape]) -> Double {
        window.floatingPointOperations(output: inputs[0], channels: results[0][3])
    }
}

extension ConvolutionFilterGradient: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape]) -> Double {
        window.floatingPointOperations(output: inputs[1], channels: inputs[0][3])
    }
}

extension Window {
    /// For each pixel of the output and each filter, one multiplication and addition a pixel and channel of the window.
    fileprivate func floatingPointOperations(output: Shape, channels: Int) -> Double {
        2 * Double(output.count) * Double(height * width) * Double(channels)
    }
}
