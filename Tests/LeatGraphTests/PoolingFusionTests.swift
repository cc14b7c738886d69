import LeatCore
import LeatGraph
import LeatTestSupport
import Testing

/// Convolutions that pool their own results train to the same bits as those that are pooled afterwards.
@Suite struct PoolingFusionTests {
    private struct Result: Equatable {
        var loss: Double
        var gradients: [Tensor]
    }

    /// A step of a convolution and a pooling; whoever wants the whole convolution keeps the two apart.
    private func run(
        _ activation: ActivationKind, pool: Int, wantsAll: Bool, training: Bool
    ) throws -> (Result, steps: Int) {
        let store = try ParameterStore([
            .init(name: "kernel", shape: [3, 3, 32, 48]), .init(name: "bias", shape: [48]),
        ])
        try store.set(0, to: .random([3, 3, 32, 48], seed: 1))
        try store.set(1, to: .random([48], seed: 2))
        let graph = Graph()
        let window = try #require(
            Window(height: 27, width: 30, size: (3, 3), strides: (1, 1), padding: .valid))
        let pooling = try #require(
            Window(height: 25, width: 28, size: (pool, pool), strides: (pool, pool), padding: .valid))
        let whole =
            (graph.input(0, shape: [8, 27, 30, 32]).convolved(
                with: graph.parameter(0, shape: [3, 3, 32, 48]), window: window)
            + graph.parameter(1, shape: [48])).activated(activation)
        let pooled = whole.maxPooled(window: pooling)
        let loss = K.mean(pooled * pooled)
        let executable = try Executable(
            outputs: wantsAll ? [loss, whole] : [loss], differentiating: training ? loss : nil, store: store,
            pool: KernelPool(threads: 2))
        try executable.feed(.random([8, 27, 30, 32], seed: 3), to: 0)
        try executable.run()
        let gradients = training ? try (0..<2).map { try store.gradient(of: $0) } : []
        return (Result(loss: executable.scalar(0), gradients: gradients), executable.stepCount)
    }

    @Test(arguments: [ActivationKind.linear, .relu, .tanh], [false, true])
    func theBitsAreThoseOfTwoSteps(activation: ActivationKind, training: Bool) throws {
        let apart = try run(activation, pool: 2, wantsAll: true, training: training)
        let joined = try run(activation, pool: 2, wantsAll: false, training: training)
        #expect(apart.0 == joined.0)
        // The gradient of tanh is told from the convolution's result, which must then be there.
        let isJoined = activation != .tanh || !training
        #expect((joined.steps < apart.steps) == isJoined)
    }

    @Test func otherPoolsStayApart() throws {
        let apart = try run(.relu, pool: 3, wantsAll: true, training: true)
        let joined = try run(.relu, pool: 3, wantsAll: false, training: true)
        #expect(apart.0 == joined.0 && apart.steps == joined.steps)
    }
}
