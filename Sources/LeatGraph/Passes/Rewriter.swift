/// What a rewriting pass sees while a graph is copied, node by node.
struct Rewriting {
    let new: Graph
    fileprivate var images: [Int?]
    fileprivate let uses: [Int]

    /// The value in the new graph that stands for one of the old.
    func image(of old: Value) -> Value {
        guard let id = images[old.id] else { preconditionFailure("A node was visited before its operand.") }
        return Value(graph: new, id: id)
    }

    /// Whether the old value has no other user than the node at hand.
    func isUsedOnce(_ old: Value) -> Bool { uses[old.id] == 1 }

    /// Lets later users of an old value read another new one.
    mutating func redirect(_ old: Value, to value: Value) { images[old.id] = value.id }
}

extension Graph {
    /// Copies what the roots depend on, replacing nodes as `replace` says.
    ///
    /// It is given a node's operation, operands and results in this graph, and returns the values that stand for the
    /// results in the new one, or nil to copy the node.
    func rewritten(
        roots: [Value], _ replace: (any Operation, [Value], [Value], inout Rewriting) -> [Value]?
    ) -> (graph: Graph, roots: [Value]) {
        var rewriting = Rewriting(
            new: Graph(replacing: self), images: Array(repeating: nil, count: values.count),
            uses: useCounts(roots: roots))
        let needed = reachable(from: roots)
        for (index, node) in nodes.enumerated() where needed[index] {
            let operands = node.inputs.map { Value(graph: self, id: $0) }
            let results = node.results.map { Value(graph: self, id: $0) }
            let images =
                replace(node.operation, operands, results, &rewriting)
                ?? rewriting.new.append(
                    node.operation, operands.map { rewriting.image(of: $0) },
                    node.results.map { (values[$0].shape, values[$0].element) })
            for (result, image) in zip(node.results, images) { rewriting.images[result] = image.id }
        }
        return (rewriting.new, roots.map { rewriting.image(of: $0) })
    }
}
