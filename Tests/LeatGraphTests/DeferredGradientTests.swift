import LeatCore
import LeatTestSupport
import Testing

@testable import LeatGraph

/// Large gradients that an update makes itself train to the bits of those that a run writes.
@Suite struct DeferredGradientTests {
    /// How a model uses its large kernel, and whether its gradient can be left to the update.
    enum Use: CaseIterable {
        case once, flattened, twice, weightDecay, onAState, asOutput

        var isDeferred: Bool { self == .once || self == .flattened || self == .asOutput }
    }

    private static let shape: Shape = [300, 128]

    /// A model with a large kernel, whose updater is made before or after its executables.
    private final class Model {
        let store: ParameterStore
        let pool: KernelPool
        var updater: Updater?
        var executables: [Int: Executable] = [:]
        let use: Use

        init(_ use: Use, rule: UpdateRule, isLate: Bool) throws {
            pool = try KernelPool(threads: 2)
            self.use = use
            // In double precision own kernels multiply in both ways.
            store = try ParameterStore(
                [
                    .init(name: "bias", shape: [128]), .init(name: "kernel", shape: DeferredGradientTests.shape),
                    .init(name: "last", shape: [128, 3]), .init(name: "state", shape: [4, 300], isTrainable: false),
                ], precision: .float64)
            for index in 0..<4 {
                try store.set(index, to: .random(store.specifications[index].shape, seed: 3).converted(to: .float64))
            }
            if !isLate { updater = try Updater(rule, store: store, pool: pool) }
            for batch in [4, 7] where use != .onAState || batch == 4 { executables[batch] = try compile(batch) }
            if isLate { updater = try Updater(rule, store: store, pool: pool) }
        }

        private func compile(_ batch: Int) throws -> Executable {
            let graph = Graph(precision: .float64)
            let kernel = graph.parameter(1, shape: DeferredGradientTests.shape)
            let input = graph.input(0, shape: use == .flattened ? [batch, 30, 10] : [batch, 300])
            var x = use == .flattened ? input.reshaped(to: [batch, 300]) : input
            if use == .onAState {
                let state = graph.parameter(3, shape: [4, 300])
                graph.assign(x * 0.5, to: state)
                x = state
            }
            var y = K.relu(K.dot(x, kernel) + graph.parameter(0, shape: [128]))
            if use == .twice { y = y + K.dot(x, kernel) }
            y = K.dot(y, graph.parameter(2, shape: [128, 3]))
            var loss = K.mean(y * y)
            if use == .weightDecay { loss = loss + K.sum(kernel * kernel) * 0.01 }
            return try Executable(
                outputs: use == .asOutput ? [loss, kernel] : [loss], differentiating: loss, store: store, pool: pool)
        }

        func step(_ number: Int) throws {
            let batch = number % 3 == 1 && use != .onAState ? 7 : 4
            let executable = try #require(executables[batch])
            let shape: Shape = use == .flattened ? [batch, 30, 10] : [batch, 300]
            try executable.feed(.random(shape, seed: UInt64(number)), to: 0)
            try executable.run()
        }
    }

    private static let rules: [UpdateRule] = [
        .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: true), .rmsprop(rho: 0.9, epsilon: 1e-7),
        .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: true), .adadelta(rho: 0.95, epsilon: 1e-7),
    ]

    @Test(arguments: Use.allCases, rules) func trainsToTheSameBits(use: Use, rule: UpdateRule) throws {
        let (deferring, writing) = try (Model(use, rule: rule, isLate: false), Model(use, rule: rule, isLate: true))
        for number in 0..<6 {
            for model in [deferring, writing] { try model.step(number) }
            #expect((deferring.store.pendingUpdate != nil) == use.isDeferred && writing.store.pendingUpdate == nil)
            for index in 0..<3 where number % 2 == 0 {
                #expect(try deferring.store.gradient(of: index) == writing.store.gradient(of: index))
            }
            // What the update needs outlives the executable.
            if number == 5 { deferring.executables = [:] }
            for model in [deferring, writing] { model.updater?.run(rate: 0.1 / Double(number + 1), pool: model.pool) }
            for index in 0..<4 { #expect(try deferring.store[index] == writing.store[index]) }
        }
    }

    @Test func anUpdateGoesByTheLastRun() throws {
        let rule = UpdateRule.sgd(momentum: 0, nesterov: false)
        let (once, again) = try (Model(.once, rule: rule, isLate: false), Model(.once, rule: rule, isLate: false))
        try again.step(0)
        for model in [once, again] {
            try model.step(1)
            model.updater?.run(rate: 0.1, pool: model.pool)
        }
        for index in 0..<3 { #expect(try once.store[index] == again.store[index]) }
    }
}
