/// A graph after all passes, with the values that matter: what a backend turns into steps.
struct CompiledGraph {
    let graph: Graph
    let outputs: [Value]
    /// The gradient of each trainable parameter that the graph reads.
    let gradients: [(parameter: Int, value: Value)]
    /// What state variables become at the end of a run.
    let assignments: [(parameter: Int, value: Value)]

    /// - Throws: `GraphError` with the first mistake made while building the graph.
    init(outputs: [Value], loss: Value?, store: ParameterStore) throws {
        try self.init(
            outputs: outputs, loss: loss, parameters: store.specifications,
            poolingWhere: PooledConvolution.isPossible)
    }

    /// - Throws: `GraphError` with the first mistake made while building the graph.
    init(
        outputs: [Value], loss: Value?, parameters specifications: [ParameterStore.Specification],
        poolingWhere canPool: (Convolution, Value, Value, MaxPool) -> Bool = { _, _, _, _ in false }
    ) throws {
        guard let source = outputs.first?.graph ?? loss?.graph else {
            throw GraphError(.invalidArgument, "A graph without outputs has nothing to run.")
        }
        let lossRoots = loss.map { [$0] } ?? []
        let states = source.assignments.map(\.parameter)
        // What the assignments at the end of a run would overwrite is copied before them.
        func held(_ value: Value) -> Value {
            guard let parameter = value.beforeReshapes.operation as? Parameter, states.contains(parameter.index) else {
                return value
            }
            return source.append(Snapshot(), [value], value.shape)
        }
        if outputs.contains(where: { $0.element == .index }) {
            throw GraphError(.invalidArgument, "Indices name rows of a table; they can't be an output.")
        }
        var (graph, roots) = source.loweringCrossEntropies(
            roots: lossRoots + outputs.map(held) + source.assignments.map { held($0.value) })
        (graph, roots) = graph.fusingEpilogues(roots: roots)
        if let failure = graph.failure { throw failure }
        guard loss != nil else {
            (graph, roots) = graph.fusingPooling(roots: roots, where: canPool)
            (self.graph, self.outputs, gradients) = (graph, Array(roots.prefix(outputs.count)), [])
            assignments = Array(zip(states, roots.dropFirst(outputs.count)))
            return
        }
        let parameters = graph.trainableParameters(of: specifications)
        let indices = parameters.keys.sorted()
        let flat = indices.flatMap { parameters[$0] ?? [] }
        let derivatives = graph.gradients(of: roots[0], withRespectTo: flat)
        let byValue = Dictionary(zip(flat.map(\.id), derivatives)) { first, _ in first }
        let sums = indices.compactMap { index in
            parameters[index]?.compactMap { byValue[$0.id] }.reduce(nil) { (sum: Value?, next) in
                sum.map { $0 + next } ?? next
            }
        }
        (graph, roots) = graph.fusingGradients(roots: roots + sums)
        (graph, roots) = graph.fusingPooling(roots: roots, where: canPool)
        if let failure = graph.failure { throw failure }
        self.graph = graph
        self.outputs = Array(roots[1..<(1 + outputs.count)])
        assignments = Array(zip(states, roots.dropFirst(1 + outputs.count)))
        gradients = Array(zip(indices, roots.suffix(sums.count)))
    }

    /// Gives each gradient its parameter's place in the store.
    ///
    /// - Returns: The gradients that must be copied there, because their value has a place already.
    func placeGradients(
        in store: ParameterStore, fixed: inout [Int: UnsafeMutableRawPointer]
    ) -> [(source: Int, destination: UnsafeMutableRawPointer)] {
        var copies: [(Int, UnsafeMutableRawPointer)] = []
        let outputIDs = Set(outputs.map(\.beforeReshapes.id))
        for (parameter, value) in gradients {
            let address = store.gradientAddress(of: parameter)
            let source = value.beforeReshapes
            let isShared = fixed[source.id] != nil || outputIDs.contains(source.id)
            if isShared || source.operation is Input || source.operation is Constant {
                copies.append((value.id, address))
            } else {
                fixed[source.id] = address
            }
        }
        return copies
    }
}

extension Value {
    /// The value whose memory this one shares.
    var beforeReshapes: Value { operation is Reshape ? operands[0].beforeReshapes : self }
}

extension Graph {
    /// The nodes that read each trainable parameter.
    fileprivate func trainableParameters(of specifications: [ParameterStore.Specification]) -> [Int: [Value]] {
        var found: [Int: [Value]] = [:]
        for node in nodes {
            guard let parameter = node.operation as? Parameter, specifications[parameter.index].isTrainable else {
                continue
            }
            found[parameter.index, default: []].append(Value(graph: self, id: node.results[0]))
        }
        return found
    }
}
