import LeatCore
import LeatTestSupport
import Testing

@testable import LeatGraph

/// A model over a table trains to the same bits whether the optimizer visits all rows or those that are named.
@Suite struct TableTests {
    /// How a model uses its table besides looking rows up.
    enum Use: CaseIterable { case rows, twice, tied, weightDecay, asOutput, biased }

    /// A small model, its updater, and executables for training and prediction.
    private struct Model {
        let store: ParameterStore
        let updater: Updater
        let training: Executable
        let prediction: Executable
        let pool: KernelPool

        init(_ use: Use, rule: UpdateRule, isTable: Bool, precision: Precision = .float32) throws {
            let pool = try KernelPool(threads: 2)
            let store = try ParameterStore(
                [
                    .init(name: "table", shape: [50, 8], isTable: isTable), .init(name: "kernel", shape: [8, 8]),
                    .init(name: "bias", shape: [8]),
                ], precision: precision)
            for index in 0..<3 {
                try store.set(
                    index, to: .random(store.specifications[index].shape, seed: 5).converted(to: precision.dtype))
            }
            updater = try Updater(rule, store: store, pool: pool)
            training = try Self.compile(use, isTraining: true, store: store, pool: pool)
            prediction = try Self.compile(use, isTraining: false, store: store, pool: pool)
            (self.store, self.pool) = (store, pool)
        }

        private static func compile(
            _ use: Use, isTraining: Bool, store: ParameterStore, pool: KernelPool
        ) throws -> Executable {
            let graph = Graph(precision: store.precision)
            let (table, kernel) = (graph.parameter(0, shape: [50, 8]), graph.parameter(1, shape: [8, 8]))
            let words = graph.indexInput(0, shape: [6])
            // A row for all words reads the whole gradient of the table.
            let rows = use == .biased ? table + graph.parameter(2, shape: [8]) : table
            var x = K.dot(words.embedded(in: rows), kernel)
            switch use {
            case .rows, .asOutput, .biased: break
            case .twice: x = x * words.embedded(in: table)
            case .tied: x = K.dot(x, table.transposed([1, 0]))
            case .weightDecay: x = x + K.sum(table * table) * 0.01
            }
            let loss = K.mean(x * x)
            let outputs = use == .asOutput ? [loss, table] : [loss]
            return try Executable(
                outputs: outputs, differentiating: isTraining ? loss : nil, store: store, pool: pool)
        }

        func step(_ number: Int) throws {
            try training.feed(words(number), to: 0)
            try training.run()
            // Whoever looks up other rows in between takes nothing from the gradient.
            if number % 4 == 2 { _ = try predict(number + 3) }
            try updater.run(rate: 0.1 / Double(number + 1), pool: pool)
        }

        func predict(_ number: Int) throws -> Double {
            try prediction.feed(words(number), to: 0)
            try prediction.run()
            return prediction.scalar(0)
        }

        private func words(_ number: Int) throws -> Tensor {
            try Tensor((0..<6).map { Int32((number * 7 + $0 * $0 * 3) % (number < 6 ? 50 : 20)) }, shape: [6])
        }
    }

    private static let rules: [UpdateRule] = [
        .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: true), .rmsprop(rho: 0.9, epsilon: 1e-7),
        .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: true), .adadelta(rho: 0.95, epsilon: 1e-7),
    ]

    @Test(arguments: Use.allCases, rules) func trainsToTheSameBits(use: Use, rule: UpdateRule) throws {
        for precision in [Precision.float32, .float64] { try compare(use, rule, precision) }
    }

    private func compare(_ use: Use, _ rule: UpdateRule, _ precision: Precision) throws {
        let rowwise = try Model(use, rule: rule, isTable: true, precision: precision)
        let whole = try Model(use, rule: rule, isTable: false, precision: precision)
        #expect(rowwise.store.tables.count == 1 && whole.store.tables.isEmpty)
        for number in 0..<12 {
            for model in [rowwise, whole] { try model.step(number) }
            for index in use == .biased ? [0, 2] : [0] {
                #expect(try rowwise.store.gradient(of: index) == whole.store.gradient(of: index))
            }
            if use == .asOutput { #expect(try rowwise.training.output(1) == whole.training.output(1)) }
            if number % 3 == 1 { #expect(try rowwise.predict(number + 2) == whole.predict(number + 2)) }
            if number == 5 {
                // Overwriting does away with what rows have missed.
                for model in [rowwise, whole] {
                    try model.store.set(0, to: .random([50, 8], seed: 77).converted(to: precision.dtype))
                }
            }
            if number == 8 { #expect(try rowwise.store[0] == whole.store[0]) }
        }
        for index in 0..<3 { #expect(try rowwise.store[index] == whole.store[index]) }
    }

    @Test func aStoreHasOneUpdaterAndItComesFirst() throws {
        let rule = UpdateRule.sgd(momentum: 0.9, nesterov: false)
        let model = try Model(.rows, rule: rule, isTable: true)
        #expect(throws: GraphError.self) { try Updater(rule, store: model.store, pool: model.pool) }
        let store = try ParameterStore([.init(name: "table", shape: [5, 2], isTable: true)])
        let pool = try KernelPool(threads: 1)
        let graph = Graph()
        let loss = K.sum(graph.indexInput(0, shape: [2]).embedded(in: graph.parameter(0, shape: [5, 2])))
        let executable = try Executable(outputs: [loss], differentiating: loss, store: store, pool: pool)
        let late = try Updater(rule, store: store, pool: pool)
        try executable.feed(Tensor([1, 3] as [Int32]), to: 0)
        try executable.run()
        try late.run(rate: 1, pool: pool)
        #expect(store.tables.isEmpty)
        #expect(throws: GraphError.self) { try Updater(rule, store: store, pool: pool) }
        #expect(try store[0] == Tensor([0, 0, -1, -1, 0, 0, -1, -1, 0, 0] as [Float], shape: [5, 2]))
    }

    @Test func whoReadsTheWholeTableBringsItUpToDate() throws {
        let rule = UpdateRule.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, amsgrad: false)
        let readers: [(Model) throws -> Void] = [
            { _ = try $0.store[0] }, { try $0.store.set(0, to: .random([50, 8], seed: 1)) },
        ]
        for read in readers {
            let model = try Model(.rows, rule: rule, isTable: true)
            let table = try #require(model.store.tables[0])
            for number in 0..<4 { try model.step(number) }
            _ = try model.predict(1)
            #expect(table.isBehind, "a lookup visits its own rows only")
            try read(model)
            #expect(!table.isBehind)
        }
        let tied = try Model(.tied, rule: rule, isTable: true)
        for number in 0..<4 { try tied.step(number) }
        _ = try tied.predict(1)
        #expect(tied.store.tables[0]?.isBehind == false)
    }
}
