extension Graph {
    /// Adds the gradients of a scalar to the graph, by reverse accumulation.
    ///
    /// Only what lies between the variables and the scalar is differentiated, so the first layer's data gradient is
    /// never computed.
    ///
    /// - Parameters:
    ///   - scalar: The value to differentiate, a loss.
    ///   - variables: What to differentiate for.
    /// - Returns: A gradient of its variable's shape for each variable; zeros where the scalar doesn't depend on it.
    public func gradients(of scalar: Value, withRespectTo variables: [Value]) -> [Value] {
        let relevant = dependents(of: variables)
        var gradients: [Int: Value] = [scalar.id: constant(1).broadcast(to: scalar.shape)]
        for index in (0...values[scalar.id].node).reversed() {
            let node = nodes[index]
            let arriving = node.results.map { gradients[$0] }
            let needs = node.inputs.map { relevant[$0] }
            guard arriving.contains(where: { $0 != nil }), needs.contains(true) else { continue }
            let context = GradientContext(
                inputs: node.inputs.map { Value(graph: self, id: $0) },
                results: node.results.map { Value(graph: self, id: $0) }, gradients: arriving, needs: needs)
            for (position, gradient) in node.operation.gradients(context).enumerated() where needs[position] {
                guard let gradient else { continue }
                let input = node.inputs[position]
                gradients[input] = gradients[input].map { $0 + gradient } ?? gradient
            }
        }
        return variables.map { gradients[$0.id] ?? constant(0).broadcast(to: $0.shape) }
    }

    /// For each value, whether it depends on one of the variables.
    private func dependents(of variables: [Value]) -> [Bool] {
        var relevant = [Bool](repeating: false, count: values.count)
        for variable in variables { relevant[variable.id] = true }
        for node in nodes where node.inputs.contains(where: { relevant[$0] }) {
            for result in node.results { relevant[result] = true }
        }
        return relevant
    }
}
