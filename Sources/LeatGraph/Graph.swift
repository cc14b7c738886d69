public import LeatCore

/// A computation over tensors of static shapes: operations in the order they were added, each after its operands.
///
/// Building never throws, so that expressions read like mathematics: the first mistake is kept in `failure`, and
/// compiling the graph throws it.
public final class Graph {
    /// What a value's elements are.
    enum Element: Hashable {
        /// Numbers of the graph's precision.
        case real
        /// Window positions, 16-bit.
        case position
        /// Yes or no, one bit.
        case bit
        /// Indices of rows, 32-bit.
        case index
    }

    struct Node {
        let operation: any Operation
        let inputs: [Int]
        let results: [Int]
    }

    struct ValueInfo {
        let shape: Shape
        let element: Element
        let node: Int
    }

    /// The floating-point type of all values.
    public let precision: Precision
    /// The first mistake made while building.
    public private(set) var failure: GraphError?

    /// What state variables become at the end of a run.
    private(set) var assignments: [(value: Value, parameter: Int)] = []
    private(set) var nodes: [Node] = []
    private(set) var values: [ValueInfo] = []

    /// An empty graph.
    public init(precision: Precision = .float32) { self.precision = precision }

    /// An empty graph that takes the place of another one.
    init(replacing other: Graph) {
        precision = other.precision
        failure = other.failure
    }

    /// A value that is fed before each run.
    public func input(_ index: Int, shape: Shape) -> Value { append(Input(index: index), [], shape) }

    /// Indices, for `embedded(in:)`, that are fed before each run: whole numbers, exact up to 2³¹.
    public func indexInput(_ index: Int, shape: Shape) -> Value {
        append(Input(index: index), [], [(shape, .index)])[0]
    }

    /// A value that lives in the parameter store.
    public func parameter(_ index: Int, shape: Shape) -> Value { append(Parameter(index: index), [], shape) }

    /// A scalar that never changes.
    public func constant(_ value: Double) -> Value { append(Constant(value: value), [], []) }

    /// Lets a value of the parameter store, a state variable, become another value at the end of each run.
    ///
    /// The run itself sees the state as it was before. A run that fails changes no state.
    public func assign(_ value: Value, to state: Value) {
        guard let parameter = state.operation as? Parameter, state.shape == value.shape,
            !assignments.contains(where: { $0.parameter == parameter.index })
        else {
            _ = fail(
                .invalidArgument,
                "A value of shape \(value.shape) can't be assigned to one of shape \(state.shape): a state is a parameter "
                    + "of the same shape, and is assigned once.", shape: value.shape)
            return
        }
        assignments.append((value, parameter.index))
    }

    /// Adds an operation with one result.
    func append(_ operation: any Operation, _ inputs: [Value], _ shape: Shape) -> Value {
        append(operation, inputs, [(shape, .real)])[0]
    }

    /// Adds an operation.
    func append(_ operation: any Operation, _ inputs: [Value], _ results: [(Shape, Element)]) -> [Value] {
        let takesIndices = operation is Reshape || operation is Embedding || operation is EmbeddingGradient
        if !takesIndices, inputs.contains(where: { $0.element == .index }) {
            _ = fail(.invalidArgument, "Indices name rows of a table; they are no numbers to compute with.", shape: [])
        }
        let first = values.count
        values += results.map { ValueInfo(shape: $0.0, element: $0.1, node: nodes.count) }
        nodes.append(Node(operation: operation, inputs: inputs.map(\.id), results: Array(first..<values.count)))
        return (first..<values.count).map { Value(graph: self, id: $0) }
    }

    /// Keeps the first mistake and stands in a value of the given shape.
    func fail(_ code: GraphError.Code, _ message: String, shape: Shape) -> Value {
        if failure == nil { failure = GraphError(code, message) }
        return append(Constant(value: .nan), [], shape)
    }

    /// How many operands and roots refer to each value.
    func useCounts(roots: [Value]) -> [Int] {
        var counts = [Int](repeating: 0, count: values.count)
        for node in nodes { for input in node.inputs { counts[input] += 1 } }
        for root in roots { counts[root.id] += 1 }
        return counts
    }

    /// For each node, whether a root depends on it.
    func reachable(from roots: [Value]) -> [Bool] {
        var needed = [Bool](repeating: false, count: nodes.count)
        for root in roots { needed[values[root.id].node] = true }
        for index in nodes.indices.reversed() where needed[index] {
            for input in nodes[index].inputs { needed[values[input].node] = true }
        }
        return needed
    }
}

/// A tensor that a graph will compute: a light handle with a static shape.
public struct Value {
    /// The graph that computes it.
    public let graph: Graph
    let id: Int

    /// The extents.
    public var shape: Shape { graph.values[id].shape }

    /// What its elements are.
    var element: Graph.Element { graph.values[id].element }
    /// The operation that makes it.
    var operation: any Operation { graph.nodes[graph.values[id].node].operation }
    /// The operands of that operation.
    var operands: [Value] { graph.nodes[graph.values[id].node].inputs.map { Value(graph: graph, id: $0) } }
}
