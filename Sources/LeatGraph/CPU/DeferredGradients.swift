/// Which gradients an executable leaves to the update.
struct DeferredGradients {
    /// From this size on a gradient and what a rule reads with it is more than the caches of a core hold.
    static let leastByteCount = 256 << 10
    /// Over more rows a product takes longer in parts than its result takes to write and read.
    static let mostRows = 256

    /// The nodes that are not run and the parameters whose gradients they are.
    private var nodes: [Int: (product: Product, parameter: Int)] = [:]
    /// The values that the update reads.
    private(set) var operands: [Value] = []

    /// Looks at the nodes that are `kept`.
    ///
    /// `fixed` tells which values have a place in the store, and `copied` which are read once more to be copied.
    init(
        _ compiled: CompiledGraph, kept: [Bool], fixed: [Int: UnsafeMutableRawPointer], copied: Set<Int>,
        store: ParameterStore
    ) {
        guard store.updateState != nil else { return }
        let graph = compiled.graph
        let assigned = Set(compiled.assignments.map(\.value.id))
        for (parameter, value) in compiled.gradients
        where store.byteCount(of: parameter) >= Self.leastByteCount && store.tables[parameter] == nil {
            let node = graph.values[value.id].node
            let inputs = graph.nodes[node].inputs.map { Value(graph: graph, id: $0) }
            guard let product = graph.nodes[node].operation as? Product, product.isPlain, !product.hasBias,
                product.depth(inputs) <= Self.mostRows, fixed[value.id] == store.gradientAddress(of: parameter)
            else { continue }
            // Others that read the gradient want it before.
            let isRead =
                copied.contains(value.id) || assigned.contains(value.id)
                || graph.nodes.indices.contains { kept[$0] && graph.nodes[$0].inputs.contains(value.id) }
            // What stands in the store may change before the update reads it.
            guard !isRead, inputs.allSatisfy({ fixed[$0.beforeReshapes.id] == nil }) else { continue }
            nodes[node] = (product, parameter)
            operands += inputs
        }
    }

    /// A node's product, if it is left to the update.
    func product(of node: Int, _ step: CPUStep) -> GradientProduct? {
        nodes[node].map { GradientProduct(parameter: $0.parameter, gemm: $0.product.kernelProduct(step)) }
    }
}
