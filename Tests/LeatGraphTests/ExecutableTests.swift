import LeatCore
import LeatTestSupport
import Testing

@testable import LeatGraph

@Suite struct ExecutableTests {
    let store: ParameterStore

    init() throws {
        store = try ParameterStore([.init(name: "w", shape: [3, 2]), .init(name: "b", shape: [2])])
    }

    private func twoLayers(_ graph: Graph) -> Value {
        let product = graph.input(0, shape: [4, 3]).product(graph.parameter(0, shape: [3, 2]))
        return (product + graph.parameter(1, shape: [2])).activated(.relu)
    }

    @Test func computesAFusedLayer() throws {
        try store.set(0, to: Tensor([1, 0, 0, 1, 1, -1] as [Float], shape: [3, 2]))
        try store.set(1, to: Tensor([0.5, -0.5] as [Float]))
        let executable = try Executable(outputs: [twoLayers(Graph())], store: store, pool: KernelPool(threads: 1))
        #expect(executable.stepCount == 1, "product, bias and activation are one kernel")
        try executable.feed(Tensor((0..<12).map { UInt8($0) }, shape: [4, 3]), to: 0)
        try executable.run()
        #expect(try executable.output(0) == Tensor([2.5, 0, 8.5, 0, 14.5, 0, 20.5, 0] as [Float], shape: [4, 2]))
    }

    @Test(arguments: [[3, 1, 5], [5], [1, 4, 1], []] as [Shape]) func broadcastsAsNumPyDoes(second: Shape) throws {
        let functions: [(Binary, (Double, Double) -> Double)] = [
            (.add, { $0 + $1 }), (.subtract, { $0 - $1 }), (.multiply, { $0 * $1 }), (.divide, { $0 / $1 }),
            (.maximum, { max($0, $1) }), (.minimum, { min($0, $1) }), (.equal, { $0 == $1 ? 1 : 0 }),
            (.greater, { $0 > $1 ? 1 : 0 }), (.greaterEqual, { $0 >= $1 ? 1 : 0 }),
        ]
        let a = try Tensor.random([3, 4, 5], seed: 1)
        let b = try Tensor.random(second, seed: 2)
        let rows = second.rank == 3 ? second.dimensions : second.rank == 1 ? [1, 1, 5] : [1, 1, 1]
        let (x, y) = (try a.elements(as: Double.self), try b.elements(as: Double.self))
        for (function, reference) in functions {
            for swapped in [false, true] {
                let graph = Graph(precision: .float64)
                let (first, other) = (graph.input(0, shape: a.shape), graph.input(1, shape: second))
                let result = swapped ? other.binary(function, first) : first.binary(function, other)
                let executable = try Executable(outputs: [result], store: store, pool: KernelPool(threads: 1))
                try executable.feed(a, to: 0)
                try executable.feed(b, to: 1)
                try executable.run()
                let expected = (0..<60).map { index in
                    let place = [index / 20, index / 5 % 4, index % 5]
                    let other = zip(place, rows).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : $1.0) }
                    return swapped ? reference(y[other], x[index]) : reference(x[index], y[other])
                }
                #expect(try executable.output(0).elements(as: Double.self) == expected, "\(function) \(swapped)")
            }
        }
    }

    @Test func neverComputesTheInputsGradient() throws {
        let graph = Graph()
        let loss = twoLayers(graph).sum()
        let compiled = try CompiledGraph(outputs: [loss], loss: loss, store: store)
        let needed = compiled.graph.reachable(from: compiled.outputs + compiled.gradients.map(\.value))
        let products = zip(compiled.graph.nodes, needed).filter { $0.0.operation is Product && $0.1 }
        #expect(products.count == 2, "forward, and the kernel's gradient")
        #expect(compiled.gradients.map(\.parameter) == [0, 1])
    }

    @Test func fusesReluAndPoolingOnTheWayBack() throws {
        let filters = try ParameterStore([
            .init(name: "w", shape: [3, 3, 1, 2]), .init(name: "v", shape: [1, 1, 2, 1]),
        ])
        let graph = Graph()
        let window = try #require(Window(height: 8, width: 8, size: (3, 3), strides: (1, 1), padding: .valid))
        let pool = try #require(Window(height: 6, width: 6, size: (2, 2), strides: (2, 2), padding: .valid))
        let convolved = graph.input(0, shape: [2, 8, 8, 1]).convolved(
            with: graph.parameter(0, shape: [3, 3, 1, 2]), window: window)
        let loss = convolved.activated(.relu).maxPooled(window: pool).sum()
        let compiled = try CompiledGraph(outputs: [loss], loss: loss, store: filters)
        let needed = compiled.graph.reachable(from: compiled.outputs + compiled.gradients.map(\.value))
        let operations = zip(compiled.graph.nodes, needed).filter(\.1).map(\.0.operation)
        #expect(!operations.contains { $0 is ActivationGradient })
        #expect(operations.contains { ($0 as? MaxPoolGradient)?.throughRelu == true })
    }

    @Test func reportsTheFirstMistakeWhenCompiled() {
        let graph = Graph()
        let wrong = graph.input(0, shape: [2, 3]) + graph.input(1, shape: [4])
        let error = GraphError(
            .shapeMismatch, "Tensors of shapes (2, 3) and (4,) can't be combined elementwise.")
        #expect(throws: error) {
            try Executable(outputs: [wrong.product(wrong)], store: store, pool: KernelPool(threads: 1))
        }
    }

    @Test func mistakesOfAnyRankAreKept() throws {
        let graph = Graph()
        let scalar = graph.constant(1)
        let window = try #require(Window(height: 4, width: 4, size: (2, 2), strides: (1, 1), padding: .valid))
        _ = scalar.maxPooled(window: window)
        _ = scalar.convolved(with: scalar, window: window)
        _ = scalar.product(scalar)
        _ = scalar.softmax().argmax()
        #expect(graph.failure == GraphError(.shapeMismatch, "Pooling takes NHWC images, not a tensor of shape ()."))
    }

    @Test func reportsALabelThatIsNoClass() throws {
        let graph = Graph()
        let p = graph.input(0, shape: [3, 4]).softmax()
        let loss = p.sparseCategoricalCrossEntropy(labels: graph.input(1, shape: [3])).mean()
        let executable = try Executable(outputs: [loss], store: store, pool: KernelPool(threads: 2))
        try executable.feed(Tensor(zeros: [3, 4]), to: 0)
        try executable.feed(Tensor([0, 4, 1] as [UInt8]), to: 1)
        #expect(
            throws: GraphError(
                .labelOutOfRange, "The label 4 of row 1 names no class: labels are whole numbers from 0 to 3.")
        ) { try executable.run() }
        try executable.feed(Tensor(zeros: [3, 4]), to: 0)
        try executable.feed(Tensor([0, 3, 1] as [UInt8]), to: 1)
        try executable.run()
        #expect(abs(executable.scalar(0) - 1.3862943) < 1e-6)
    }

    @Test func saysSoWhereThereIsNoMemory() {
        #expect(
            throws: GraphError(
                .outOfMemory, "The system has no \(1 << 52) bytes of memory for a model's values.")
        ) { try ParameterStore([.init(name: "w", shape: [1 << 50])]) }
    }

    @Test func keepsFewIntermediateValues() throws {
        let graph = Graph()
        let start = graph.input(0, shape: [1024])
        let end = (0..<50).reduce(start) { x, _ in K.exp(x.reshaped(to: [32, 32])).reshaped(to: [1024]) }
        let executable = try Executable(outputs: [end], store: store, pool: KernelPool(threads: 1))
        #expect(executable.byteCount <= 3 * 4096)
    }

    @Test(arguments: [1, 2]) func rowsOfADatasetAreFedWhereTheyAreRead(threads: Int) throws {
        let pool = try KernelPool(threads: threads)
        // Enough that all threads take part, and rows of odd length.
        for (rows, width, batch) in [(400, 333, 300), (5, 1, 3), (7, 70_001, 2)] {
            let bytes = try Tensor(
                (0..<rows * width).map { UInt8(truncatingIfNeeded: $0 &* 31) }, shape: [rows, width])
            let graph = Graph()
            let output = graph.input(0, shape: [batch, width]) * 1
            let executable = try Executable(outputs: [output], store: ParameterStore([]), pool: pool)
            let chosen = try TensorRows(bytes, at: (0..<batch).map { ($0 * 37 + 2) % rows })
            try executable.feed(chosen, to: 0)
            try executable.run()
            #expect(try executable.output(0) == chosen.gathered().converted(to: .float32))
            #expect(throws: GraphError.self) { try executable.feed(TensorRows(bytes, at: [0]), to: 0) }
        }
    }
}
