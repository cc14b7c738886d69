/// How an executable uses the tables of its store.
struct TableUses {
    /// The tables that nodes read or differentiate by rows, by the number of the node.
    private(set) var byNode: [Int: Table] = [:]
    /// The tables that are read otherwise.
    private(set) var wholeReads: [Table] = []
    /// The tables whose gradient is written otherwise.
    private(set) var wholeGradients: [Table] = []

    /// Looks at the nodes that are `kept`.
    ///
    /// `fixed` tells which values have a place in the store, and `copied` which are read once more to be copied.
    init(
        _ compiled: CompiledGraph, kept: [Bool], fixed: [Int: UnsafeMutableRawPointer], copied: Set<Int>,
        store: ParameterStore
    ) {
        guard !store.tables.isEmpty else { return }
        let nodes = compiled.graph.nodes
        for (parameter, table) in store.tables.sorted(by: { $0.key < $1.key }) {
            let address = store.address(of: parameter)
            // Embeddings have indices for their first operand, so a table among the operands is the second.
            let readers = nodes.indices.filter { kept[$0] && nodes[$0].inputs.contains { fixed[$0] == address } }
            // What is read when the nodes are done, or overwritten.
            let ends = compiled.outputs + compiled.assignments.map(\.value)
            let isAnEnd =
                ends.contains { fixed[$0.beforeReshapes.id] == address }
                || compiled.assignments.contains { $0.parameter == parameter }
            if !isAnEnd, readers.allSatisfy({ nodes[$0].operation is Embedding }) {
                for reader in readers { byNode[reader] = table }
            } else {
                wholeReads.append(table)
            }
        }
        for (parameter, value) in compiled.gradients {
            guard let table = store.tables[parameter] else { continue }
            let node = compiled.graph.values[value.id].node
            let isInPlace = fixed[value.id] == store.gradientAddress(of: parameter)
            // Others that read it want the rows that no index names as well.
            let isShared =
                copied.contains(value.id) || nodes.indices.contains { kept[$0] && nodes[$0].inputs.contains(value.id) }
            if isInPlace, !isShared, nodes[node].operation is EmbeddingGradient {
                byNode[node] = table
            } else {
                wholeGradients.append(table)
            }
        }
    }
}
