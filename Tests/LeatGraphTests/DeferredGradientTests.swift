import LeatCore
import LeatTestSupport
import Testing

@testable import LeatGraph

/// Large gradients that an update makes itself train to the bits of those that a run writes.
@Suite struct DeferredGradientTests {
    /// How a model uses its large kernel, and whether its gradient can be left to the update.
    enum Use: CaseIterable {
        case once, flattened, deep, beside, twice, weightDecay, onAState, asOutput

        var isDeferred: Bool { [.once, .flattened, .deep, .beside, .asOutput].contains(self) }
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
                    .init(name: "inner", shape: [300, 300]), .init(name: "table", shape: [20, 300], isTable: true),
                ], precision: .float64)
            for index in 0..<6 {
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
            // Two large kernels, one after the other in the store.
            if use == .deep { x = K.tanh(K.dot(x, graph.parameter(4, shape: [300, 300]))) }
            // Rows of a table, which the optimizer updates by themselves.
            if use == .beside {
                let words = graph.indexInput(1, shape: [batch])
                x = x + words.embedded(in: graph.parameter(5, shape: [20, 300]))
            }
            var y = K.relu(K.dot(x, kernel) + graph.parameter(0, shape: [128]))
            if use == .twice { y = y + K.dot(x, kernel) }
            y = K.dot(y, graph.parameter(2, shape: [128, 3]))
            var loss = K.mean(y * y)
            if use == .weightDecay { loss = loss + K.sum(kernel * kernel) * 0.01 }
            return try Executable(
                outputs: use == .asOutput ? [loss, kernel] : [loss], differentiating: loss, store: store, pool: pool)
        }

        func feed(_ number: Int) throws -> Executable {
            let batch = number % 3 == 1 && use != .onAState ? 7 : 4
            let executable = try #require(executables[batch])
            let shape: Shape = use == .flattened ? [batch, 30, 10] : [batch, 300]
            try executable.feed(.random(shape, seed: UInt64(number)), to: 0)
            if use == .beside {
                try executable.feed(Tensor((0..<batch).map { Int32(($0 * 3 + number) % 20) }, shape: [batch]), to: 1)
            }
            return executable
        }

        func step(_ number: Int) throws { try feed(number).run() }

        func update() throws { try updater?.run(rate: 0.1, pool: pool) }
    }

    private static let rules: [UpdateRule] = [
        .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: true), .rmsprop(rho: 0.9, epsilon: 1e-7),
        .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: true), .adadelta(rho: 0.95, epsilon: 1e-7),
    ]

    @Test(arguments: Use.allCases, rules) func trainsToTheSameBits(use: Use, rule: UpdateRule) throws {
        let (deferring, writing) = try (Model(use, rule: rule, isLate: false), Model(use, rule: rule, isLate: true))
        for number in 0..<6 {
            for model in [deferring, writing] { try model.step(number) }
            #expect((deferring.store.leftOver != nil) == use.isDeferred && writing.store.leftOver == nil)
            for index in 0..<3 where number % 2 == 0 {
                #expect(try deferring.store.gradient(of: index) == writing.store.gradient(of: index))
            }
            // What the update needs outlives the executable.
            if number == 5 { deferring.executables = [:] }
            for model in [deferring, writing] {
                try model.updater?.run(rate: 0.1 / Double(number + 1), pool: model.pool)
            }
            for index in 0..<6 { #expect(try deferring.store[index] == writing.store[index]) }
        }
    }

    private static let rule = UpdateRule.sgd(momentum: 0.9, nesterov: false)

    /// What happens between a run and its update changes nothing.
    @Test(arguments: ["another run before", "a batch fed", "a run that fails", "a gradient read"])
    func anUpdateGoesByTheLastRun(_ event: String) throws {
        // Of one the operand is the input itself, which a feed overwrites; the other's indices can be wrong.
        let use: Use = event == "a batch fed" ? .once : .beside
        let (plain, model) = try (
            Model(use, rule: Self.rule, isLate: false), Model(use, rule: Self.rule, isLate: false)
        )
        if event == "another run before" { try model.step(0) }
        for model in [plain, model] { try model.step(3) }
        let gradient = try plain.store.gradient(of: 1)
        switch event {
        case "a batch fed": _ = try model.feed(6)
        case "a run that fails":
            let executable = try model.feed(6)
            try executable.feed(Tensor([0, 1, 2, 99] as [Int32]), to: 1)
            #expect(throws: GraphError.self) { try executable.run() }
        case "a gradient read": #expect(try model.store.gradient(of: 1) == gradient)
        default: break
        }
        if event != "a run that fails" { #expect(try model.store.gradient(of: 1) == gradient) }
        for model in [plain, model] { try model.update() }
        #expect(try model.store[1] == plain.store[1])
    }

    @Test func aGradientThatIsGoneIsRefused() throws {
        let model = try Model(.once, rule: Self.rule, isLate: false)
        try model.step(0)
        try model.update()
        // Still to be had, and to be used once more.
        _ = try model.store.gradient(of: 1)
        try model.update()
        _ = try model.feed(3)
        #expect(throws: GraphError.self) { try model.store.gradient(of: 1) }
        #expect(throws: GraphError.self) { try model.update() }
        #expect(throws: Never.self) { try model.store.gradient(of: 0) }
        try model.step(3)
        try model.update()
        model.executables = [:]
        #expect(throws: GraphError.self) { try model.store.gradient(of: 1) }
    }

    @Test func executablesOverOtherParametersLeaveAGradientAlone() throws {
        func kernels(isLate: Bool) throws -> [Tensor] {
            let pool = try KernelPool(threads: 1)
            let shapes: [Shape] = [[300, 128], [200, 200]]
            let store = try ParameterStore(
                shapes.enumerated().map { .init(name: "kernel\($0)", shape: $1) }, precision: .float64)
            for (index, shape) in shapes.enumerated() {
                try store.set(index, to: .random(shape, seed: 1).converted(to: .float64))
            }
            var updater = isLate ? nil : try Updater(Self.rule, store: store, pool: pool)
            let executables = try shapes.enumerated().map { index, shape in
                let graph = Graph(precision: .float64)
                let y = K.dot(graph.input(0, shape: [4, shape[0]]), graph.parameter(index, shape: shape))
                let loss = K.mean(y * y)
                return try Executable(outputs: [loss], differentiating: loss, store: store, pool: pool)
            }
            if isLate { updater = try Updater(Self.rule, store: store, pool: pool) }
            for (executable, shape) in zip(executables, shapes) {
                try executable.feed(.random([4, shape[0]], seed: 2), to: 0)
                try executable.run()
            }
            try updater?.run(rate: 0.1, pool: pool)
            return try (0..<2).map { try store[$0] }
        }
        #expect(try kernels(isLate: false) == kernels(isLate: true))
    }

    @Test func manyRowsAreWritten() throws {
        for (rows, isDeferred) in [(DeferredGradients.mostRows, true), (DeferredGradients.mostRows + 1, false)] {
            let pool = try KernelPool(threads: 1)
            let store = try ParameterStore([.init(name: "kernel", shape: [256, 256])])
            let updater = try Updater(Self.rule, store: store, pool: pool)
            let graph = Graph()
            let loss = K.mean(K.dot(graph.input(0, shape: [rows, 256]), graph.parameter(0, shape: [256, 256])))
            let executable = try Executable(outputs: [loss], differentiating: loss, store: store, pool: pool)
            try executable.feed(.random([rows, 256], seed: 1), to: 0)
            try executable.run()
            #expect((store.leftOver != nil) == isDeferred)
            try updater.run(rate: 0.1, pool: pool)
        }
    }
}
