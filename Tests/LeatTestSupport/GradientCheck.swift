public import LeatCore
public import LeatGraph

/// Compares the gradients that a graph derives with central differences, in double precision.
public struct GradientCheck {
    /// The largest difference found, relative to the larger of 1 and the gradient.
    public let worstError: Double
    /// The number of derivatives compared.
    public let count: Int

    /// Checks a scalar function of parameters.
    ///
    /// - Parameters:
    ///   - values: The parameters' values; every element is moved up and down.
    ///   - inputs: Tensors that are fed to inputs 0, 1, … and not differentiated.
    ///   - step: How far each element is moved.
    ///   - function: Adds the function to a graph, given the inputs and the parameters; its result may have any shape, and
    ///     is summed with fixed random weights.
    public init(
        values: [Tensor], inputs: [Tensor] = [], step: Double = 1e-6,
        _ function: (Graph, _ inputs: [Value], _ parameters: [Value]) throws -> Value
    ) throws {
        let store = try ParameterStore(
            values.enumerated().map { .init(name: "p\($0)", shape: $1.shape) }, precision: .float64)
        store.seed = 7
        for (index, value) in values.enumerated() { try store.set(index, to: value) }
        let pool = try KernelPool(threads: 2)
        func compile(differentiating: Bool) throws -> Executable {
            let graph = Graph(precision: .float64)
            let result = try function(
                graph, inputs.enumerated().map { graph.input($0, shape: $1.shape) },
                values.enumerated().map { graph.parameter($0, shape: $1.shape) })
            let weights = graph.input(inputs.count, shape: result.shape)
            let loss = (result * weights).sum()
            return try Executable(
                outputs: [loss], differentiating: differentiating ? loss : nil, store: store, pool: pool)
        }
        let shape = try Self.resultShape(inputs: inputs, values: values, function)
        let weights = try Tensor.random(shape, seed: 99)
        func run(_ executable: Executable) throws -> Double {
            for (index, input) in (inputs + [weights]).enumerated() { try executable.feed(input, to: index) }
            try executable.run()
            return executable.scalar(0)
        }
        _ = try run(compile(differentiating: true))
        let derived = try values.indices.map { try store.gradient(of: $0).elements(as: Double.self) }
        let evaluation = try compile(differentiating: false)
        var worst = 0.0
        var count = 0
        for (index, value) in values.enumerated() {
            let start = try value.converted(to: .float64).elements(as: Double.self)
            for element in start.indices {
                func moved(by distance: Double) throws -> Double {
                    var moved = start
                    moved[element] += distance
                    try store.set(index, to: Tensor(moved, shape: value.shape))
                    return try run(evaluation)
                }
                let difference = try (moved(by: step) - moved(by: -step)) / (2 * step)
                let gradient = derived[index][element]
                let error = abs(difference - gradient) / max(1, abs(gradient))
                worst = error.isNaN ? .infinity : max(worst, error)
                count += 1
            }
            try store.set(index, to: value)
        }
        (worstError, self.count) = (worst, count)
    }

    private static func resultShape(
        inputs: [Tensor], values: [Tensor], _ function: (Graph, [Value], [Value]) throws -> Value
    ) throws -> Shape {
        let graph = Graph(precision: .float64)
        return try function(
            graph, inputs.enumerated().map { graph.input($0, shape: $1.shape) },
            values.enumerated().map { graph.parameter($0, shape: $1.shape) }
        ).shape
    }
}

extension Tensor {
    /// Doubles uniform in a range, a pure function of shape and seed.
    public static func random(_ shape: Shape, seed: UInt64, in range: ClosedRange<Double> = -1...1) throws -> Tensor {
        var generator = PhiloxGenerator(seed: seed)
        let width = range.upperBound - range.lowerBound
        return try Tensor(
            (0..<shape.count).map { _ in range.lowerBound + width * generator.nextUniform() }, shape: shape)
    }
}
