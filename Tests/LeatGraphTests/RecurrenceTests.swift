import LeatCore
import LeatGraph
import LeatTestSupport
import Testing

@Suite struct RecurrenceTests {
    @Test(arguments: [false, true], [false, true]) func gradientsOfAnLSTM(sequences: Bool, backwards: Bool) throws {
        var recurrence = Recurrence()
        (recurrence.returnsSequences, recurrence.goesBackwards) = (sequences, backwards)
        for (batch, steps, features, units) in [(3, 4, 2, 5), (9, 2, 3, 1), (1, 1, 5, 3)] {
            let shapes: [Shape] = [
                [batch, steps, features], [features, 4 * units], [units, 4 * units], [4 * units], [batch, units],
                [batch, units],
            ]
            let values = try shapes.enumerated().map { try Tensor.random($1, seed: UInt64($0)) }
            let whole = try GradientCheck(values: values) { [recurrence] _, _, x in
                let result = x[0].lstm(
                    kernel: x[1], recurrentKernel: x[2], bias: x[3], initial: (x[4], x[5]), recurrence)
                let both = K.sum(result.state * 0.3 + result.cell * 0.7)
                return result.output + both
            }
            #expect(whole.worstError < 1e-6)
            let bare = try GradientCheck(values: Array(values.prefix(3))) { [recurrence] _, _, x in
                x[0].lstm(kernel: x[1], recurrentKernel: x[2], recurrence).output
            }
            #expect(bare.worstError < 1e-6)
        }
    }

    @Test(arguments: [ActivationKind.linear, .relu, .sigmoid, .tanh])
    func gradientsWithOtherActivations(activation: ActivationKind) throws {
        var recurrence = Recurrence()
        (recurrence.activation, recurrence.recurrentActivation) = (activation, .tanh)
        let shapes: [Shape] = [[2, 3, 4], [4, 12], [3, 12], [12]]
        let values = try shapes.enumerated().map { try Tensor.random($1, seed: UInt64($0 + 9)) }
        let check = try GradientCheck(values: values) { [recurrence] _, _, x in
            x[0].lstm(kernel: x[1], recurrentKernel: x[2], bias: x[3], recurrence).output
        }
        #expect(check.worstError < 1e-6)
    }

    @Test func gradientsOfAnEmbedding() throws {
        let words = try Tensor([3, 0, 3, 6, 1, 3] as [UInt8], shape: [2, 3])
        let check = try GradientCheck(values: [.random([7, 5], seed: 1)], inputs: [words]) { _, words, x in
            words[0].embedded(in: x[0])
        }
        #expect(check.worstError < 1e-7)
        let twice = try GradientCheck(values: [.random([7, 5], seed: 1)], inputs: [words]) { _, words, x in
            words[0].embedded(in: x[0]) * words[0].embedded(in: x[0])
        }
        #expect(twice.worstError < 1e-6)
    }

    @Test func anIndexThatNamesNoRowIsReported() throws {
        let store = try ParameterStore([.init(name: "table", shape: [5, 2])])
        let graph = Graph()
        let rows = graph.indexInput(0, shape: [2, 3]).embedded(in: graph.parameter(0, shape: [5, 2]))
        let executable = try Executable(outputs: [rows], store: store, pool: KernelPool(threads: 1))
        func message(_ indices: [Double]) -> String? {
            (#expect(throws: GraphError.self) {
                try executable.feed(Tensor(indices, shape: [2, 3]), to: 0)
                try executable.run()
            })?.message
        }
        #expect(
            message([0, 1, 2, 3, 5, 0])
                == "The index 5 at [1, 1] names no row of the table: indices are whole numbers from 0 to 4.")
        #expect(message([0, 1, -1, 3, 5, 0])?.hasPrefix("The index -1 at [0, 2] names no row") == true)
        #expect(message([0, 1, 0.5, 3, 4, 0])?.hasPrefix("The index 0.5 at [0, 2] names no row") == true)
        #expect(message([0, 1, 4e18, 3, 4, 0]) != nil)
    }

    @Test func aStateBecomesItsNewValueUnlessTheRunFails() throws {
        let store = try ParameterStore([
            .init(name: "count", shape: [1], isTrainable: false), .init(name: "row", shape: [1, 2]),
        ])
        let graph = Graph()
        let state = graph.parameter(0, shape: [1])
        graph.assign(state + 1, to: state)
        let p = K.softmax(graph.parameter(1, shape: [1, 2]))
        let loss = K.mean(p.sparseCategoricalCrossEntropy(labels: graph.input(0, shape: [1])))
        let executable = try Executable(
            outputs: [state * 10, loss], differentiating: loss, store: store, pool: KernelPool(threads: 1))
        for count in 0..<3 {
            try executable.feed(Tensor([1] as [Float]), to: 0)
            try executable.run()
            #expect(executable.scalar(0) == Double(10 * count))
        }
        try executable.feed(Tensor([2] as [Float]), to: 0)
        #expect(throws: GraphError.self) { try executable.run() }
        #expect(try store[0].elements(as: Float.self) == [3])
    }

    /// A delay line and a swap: every assignment takes what was there before the run, and so does an output.
    @Test func statesTakeWhatOthersWereBeforeTheRun() throws {
        let names = ["delayed", "kept", "left", "right"]
        let store = try ParameterStore(names.map { .init(name: $0, shape: [1], isTrainable: false) })
        for (index, value) in [7, 8, 1, 2].enumerated() { try store.set(index, to: Tensor([Float(value)])) }
        let graph = Graph()
        let x = graph.input(0, shape: [1])
        let states = names.indices.map { graph.parameter($0, shape: [1]) }
        graph.assign(x, to: states[1])
        graph.assign(states[1], to: states[0])
        graph.assign(states[2], to: states[3])
        graph.assign(states[3], to: states[2])
        let executable = try Executable(outputs: [states[1]], store: store, pool: KernelPool(threads: 1))
        try executable.feed(Tensor([9] as [Float]), to: 0)
        try executable.run()
        #expect(executable.scalar(0) == 8)
        #expect(try names.indices.map { try store[$0].elements(as: Float.self)[0] } == [8, 9, 2, 1])
    }

    @Test func indicesAreNoNumbers() throws {
        let store = try ParameterStore([])
        for build in [{ $0 + 1 }, { $0 }, { $0.transposed([0]) }] as [(Value) -> Value] {
            let indices = Graph().indexInput(0, shape: [4])
            let error = #expect(throws: GraphError.self) {
                _ = try Executable(outputs: [build(indices)], store: store, pool: KernelPool(threads: 1))
            }
            #expect(error?.message.hasPrefix("Indices name rows of a table") == true)
        }
    }

    @Test func mistakesAreReportedWithTheShapes() throws {
        func message(_ build: (Graph) -> Value) throws -> String? {
            let graph = Graph()
            let value = build(graph)
            let store = try ParameterStore([])
            return
                (#expect(throws: GraphError.self) {
                    _ = try Executable(outputs: [value], store: store, pool: KernelPool(threads: 1))
                })?.message
        }
        #expect(
            try message {
                $0.input(0, shape: [2, 3, 4]).lstm(
                    kernel: $0.input(1, shape: [5, 8]), recurrentKernel: $0.input(2, shape: [2, 8])
                ).output
            }
                == "An LSTM can't have an input of shape (2, 3, 4), a kernel of shape (5, 8) and a recurrent kernel of "
                + "shape (2, 8)."
        )
        #expect(try message { $0.input(0, shape: [2]).embedded(in: $0.input(1, shape: [4])) } != nil)
        let window = Window(height: 4, width: 4, size: (3, 3), strides: (1, 1), padding: .valid)
        let pixel = try message { graph in
            let images = graph.input(0, shape: [1, 4, 4, 2])
            return window.map { images.convolved(with: graph.input(1, shape: [1, 1, 2, 3]), window: $0) } ?? images
        }
        #expect(pixel == "Images of shape (1, 4, 4, 2) can't be convolved with a filter of shape (1, 1, 2, 3).")
    }
}
