import CLeatKernels
import Testing

/// An LSTM in double precision, step by step as the definition says, and its gradients by the chain rule.
private struct Reference {
    var batch: Int, steps: Int, features: Int, units: Int
    var backwards = false, sequences = true
    var activation = LEAT_TANH, recurrent = LEAT_SIGMOID
    var x: [Double], kernel: [Double], recurrentKernel: [Double], bias: [Double], h0: [Double], c0: [Double]

    var y: [Double] = [], h: [Double] = [], c: [Double] = []
    var states: [[Double]] = [], cells: [[Double]] = [], gates: [[Double]] = []

    /// The element of x that step `step` reads.
    private func input(_ row: Int, _ step: Int, _ feature: Int) -> Int {
        (row * steps + (backwards ? steps - 1 - step : step)) * features + feature
    }

    mutating func run() {
        let width = 4 * units
        (states, cells, gates) = ([h0], [c0], [])
        y = [Double](repeating: 0, count: batch * units * (sequences ? steps : 1))
        for step in 0..<steps {
            var (h, c) = (h0, c0)
            var all = [Double](repeating: 0, count: batch * width)
            for row in 0..<batch {
                for column in 0..<width {
                    var sum = bias[column]
                    for i in 0..<features { sum += x[input(row, step, i)] * kernel[i * width + column] }
                    for i in 0..<units { sum += states[step][row * units + i] * recurrentKernel[i * width + column] }
                    let isInner = column / units == 2
                    all[row * width + column] = reference(isInner ? activation : recurrent, sum)
                }
                for unit in 0..<units {
                    let (at, g) = (row * units + unit, row * width + unit)
                    c[at] = all[g + units] * cells[step][at] + all[g] * all[g + 2 * units]
                    h[at] = all[g + 3 * units] * reference(activation, c[at])
                    y[sequences ? (row * steps + step) * units + unit : at] = h[at]
                }
            }
            states.append(h)
            cells.append(c)
            gates.append(all)
        }
        (h, c) = (states[steps], cells[steps])
    }

    struct Gradients {
        var x, kernel, recurrentKernel, bias, h0, c0: [Double]
    }

    func gradients(dy: [Double], dh: [Double], dc: [Double]) -> Gradients {
        let width = 4 * units
        func zeros(_ count: Int) -> [Double] { .init(repeating: 0, count: count) }
        var result = Gradients(
            x: zeros(x.count), kernel: zeros(kernel.count), recurrentKernel: zeros(recurrentKernel.count),
            bias: zeros(width), h0: dh, c0: dc)
        for step in (0..<steps).reversed() {
            for row in 0..<batch {
                var sums = zeros(width)
                for unit in 0..<units {
                    let (at, g) = (row * units + unit, row * width + unit)
                    let parts = (0..<4).map { gates[step][g + $0 * units] }
                    var d = result.h0[at]
                    if sequences { d += dy[(row * steps + step) * units + unit] }
                    if !sequences && step == steps - 1 { d += dy[at] }
                    let a = reference(activation, cells[step + 1][at])
                    let cell = result.c0[at] + d * parts[3] * referenceGradient(activation, output: a)
                    sums[unit] = cell * parts[2] * referenceGradient(recurrent, output: parts[0])
                    sums[units + unit] = cell * cells[step][at] * referenceGradient(recurrent, output: parts[1])
                    sums[2 * units + unit] = cell * parts[0] * referenceGradient(activation, output: parts[2])
                    sums[3 * units + unit] = d * a * referenceGradient(recurrent, output: parts[3])
                    result.c0[at] = cell * parts[1]
                }
                for unit in 0..<units { result.h0[row * units + unit] = 0 }
                for column in 0..<width {
                    let sum = sums[column]
                    result.bias[column] += sum
                    for i in 0..<features {
                        result.kernel[i * width + column] += x[input(row, step, i)] * sum
                        result.x[input(row, step, i)] += kernel[i * width + column] * sum
                    }
                    for i in 0..<units {
                        result.recurrentKernel[i * width + column] += states[step][row * units + i] * sum
                        result.h0[row * units + i] += recurrentKernel[i * width + column] * sum
                    }
                }
            }
        }
        return result
    }
}

extension Kernels {
    @Suite struct LSTMs {
        struct Shape: CustomStringConvertible {
            var batch: Int, steps: Int, features: Int, units: Int
            var description: String { "\(batch)×\(steps)×\(features) to \(units)" }
        }

        private func checkLSTM<T: Real>(
            _: T.Type, _ shape: Shape, backwards: Bool = false, sequences: Bool = true, bare: Bool = false,
            activation: leat_activation = LEAT_TANH, recurrent: leat_activation = LEAT_SIGMOID
        ) {
            let (batch, steps, features, units) = (shape.batch, shape.steps, shape.features, shape.units)
            var numbers = Numbers(UInt64(batch * 31 + steps * 7 + features * 3 + units))
            let spread = 1 / Double(features + units).squareRoot()
            let x = GuardedArray<T>(numbers.array(batch * steps * features))
            let kernel = GuardedArray<T>(numbers.array(features * 4 * units, in: -spread...spread))
            let weights = GuardedArray<T>(numbers.array(units * 4 * units, in: -spread...spread))
            let bias = GuardedArray<T>(numbers.array(4 * units))
            func rows() -> GuardedArray<T> { GuardedArray(numbers.array(batch * units)) }
            let (h0, c0) = (rows(), rows())
            let outputs = batch * units * (sequences ? steps : 1)
            let dy = GuardedArray<T>(numbers.array(outputs))
            let (dh, dc) = (rows(), rows())
            let none = { (count: Int) in [Double](repeating: 0, count: count) }
            var expected = Reference(
                batch: batch, steps: steps, features: features, units: units, backwards: backwards,
                sequences: sequences, activation: activation, recurrent: recurrent, x: x.doubles,
                kernel: kernel.doubles, recurrentKernel: weights.doubles,
                bias: bare ? none(4 * units) : bias.doubles, h0: bare ? none(batch * units) : h0.doubles,
                c0: bare ? none(batch * units) : c0.doubles)
            expected.run()
            let derived = expected.gradients(
                dy: dy.doubles, dh: bare ? none(batch * units) : dh.doubles,
                dc: bare ? none(batch * units) : dc.doubles)

            func array(_ count: Int) -> GuardedArray<T> { GuardedArray(outputOf: count) }
            let (y, h, c) = (array(outputs), array(batch * units), array(batch * units))
            let (inputs, gates) = (array(batch * steps * features), array(batch * steps * 4 * units))
            let activated = array(batch * steps * units)
            let (states, cells) = (array(batch * (steps + 1) * units), array(batch * (steps + 1) * units))
            var lstm = leat_lstm()
            (lstm.batch, lstm.steps, lstm.features) = (Int64(batch), Int64(steps), Int64(features))
            (lstm.units, lstm.backwards, lstm.sequences) = (Int64(units), backwards, sequences)
            (lstm.activation, lstm.recurrent_activation) = (activation, recurrent)
            (lstm.x, lstm.kernel, lstm.recurrent) = (.init(x.elements), .init(kernel.elements), .init(weights.elements))
            (lstm.y, lstm.final_state, lstm.final_cell) = (.init(y.elements), .init(h.elements), .init(c.elements))
            if !bare {
                lstm.bias = UnsafeRawPointer(bias.elements)
                (lstm.initial_state, lstm.initial_cell) = (.init(h0.elements), .init(c0.elements))
            }
            let slack = T.unit * (64 + 4 * Double(steps * (features + units)).squareRoot())
            func output(_ array: GuardedArray<T>, _ values: [Double], _ scale: Double = 1) -> Output<T> {
                Output(array: array, expected: values, relative: scale * slack, absolute: scale * slack)
            }
            let name = "\(shape) backwards \(backwards) sequences \(sequences)"
            let forward = [output(y, expected.y), output(h, expected.h), output(c, expected.c)]
            check("prediction of \(name)", forward) { leat_add_lstm($0, &lstm) }

            (lstm.inputs, lstm.gates) = (.init(inputs.elements), .init(gates.elements))
            lstm.activated = UnsafeMutableRawPointer(activated.elements)
            (lstm.states, lstm.cells) = (.init(states.elements), .init(cells.elements))
            let (dx, dkernel, dweights) = (array(x.count), array(kernel.count), array(weights.count))
            let (dbias, dh0, dc0) = (array(4 * units), array(batch * units), array(batch * units))
            var gradient = leat_lstm_gradient()
            (gradient.batch, gradient.steps, gradient.features) = (lstm.batch, lstm.steps, lstm.features)
            (gradient.units, gradient.backwards, gradient.sequences) = (lstm.units, backwards, sequences)
            (gradient.activation, gradient.recurrent_activation) = (activation, recurrent)
            (gradient.kernel, gradient.recurrent, gradient.dy) = (lstm.kernel, lstm.recurrent, .init(dy.elements))
            (gradient.inputs, gradient.gates) = (.init(inputs.elements), .init(gates.elements))
            gradient.activated = UnsafeRawPointer(activated.elements)
            (gradient.states, gradient.cells) = (.init(states.elements), .init(cells.elements))
            gradient.dgates = lstm.gates
            (gradient.dx, gradient.dkernel) = (.init(dx.elements), .init(dkernel.elements))
            gradient.drecurrent = UnsafeMutableRawPointer(dweights.elements)
            var backward = [
                output(dx, derived.x, 2), output(dkernel, derived.kernel, Double(batch)),
                output(dweights, derived.recurrentKernel, Double(batch)),
            ]
            if !bare {
                (gradient.dfinal_state, gradient.dfinal_cell) = (.init(dh.elements), .init(dc.elements))
                gradient.dbias = UnsafeMutableRawPointer(dbias.elements)
                (gradient.dinitial_state, gradient.dinitial_cell) = (.init(dh0.elements), .init(dc0.elements))
                backward += [
                    output(dbias, derived.bias, Double(batch)), output(dh0, derived.h0, 2), output(dc0, derived.c0, 2),
                ]
            }
            check("gradient of \(name)", forward + backward) {
                leat_add_lstm($0, &lstm) && leat_add_lstm_gradient($0, &gradient)
            }
        }

        @Test func oddShapesMatchTheReference() {
            for (number, units) in oddSizes.enumerated() {
                let batch = [1, 2, 5, 6, 7, 13, 16, 17, 33][number], features = oddSizes[(number * 5 + 3) % 9]
                let shape = Shape(batch: batch, steps: [1, 2, 3, 5][number % 4], features: features, units: units)
                checkLSTM(Float.self, shape, backwards: number % 2 == 1, sequences: number % 3 != 0)
                checkLSTM(Double.self, shape, backwards: number % 2 == 0, sequences: number % 3 == 0)
            }
        }

        @Test func stateAndBiasMayBeLeftOut() {
            for batch in [1, 9, 16] {
                let shape = Shape(batch: batch, steps: 3, features: 17, units: 15)
                checkLSTM(Float.self, shape, sequences: false, bare: true)
                checkLSTM(Double.self, shape, backwards: true, bare: true)
            }
        }

        /// The input's product of all steps at once: few rows, or weights larger than a cache.
        @Test func oneProductForAllStepsMatchesTheReference() {
            for backwards in [false, true] {
                for (batch, features) in [(1, 33), (3, 5), (9, 700)] {
                    let shape = Shape(batch: batch, steps: 3, features: features, units: batch == 9 ? 100 : 17)
                    checkLSTM(Float.self, shape, backwards: backwards)
                    checkLSTM(Double.self, shape, backwards: backwards, sequences: false)
                }
            }
        }

        /// Full slices of rows, with weights larger than the second-level cache, and larger than are read for each step.
        @Test(arguments: [(300, 256), (650, 560)]) func largeWeightsMatchTheReference(features: Int, units: Int) {
            checkLSTM(Float.self, Shape(batch: 35, steps: 2, features: features, units: units))
        }

        @Test(arguments: [(LEAT_RELU, LEAT_TANH), (LEAT_LINEAR, LEAT_RELU), (LEAT_SIGMOID, LEAT_LINEAR)])
        func otherActivationsMatchTheReference(inner: leat_activation, gates: leat_activation) {
            let shape = Shape(batch: 7, steps: 3, features: 4, units: 18)
            checkLSTM(Float.self, shape, activation: inner, recurrent: gates)
            checkLSTM(Double.self, shape, activation: inner, recurrent: gates)
        }

        /// Large and odd sums reach the activations: gates saturate without overflow, and NaN comes through.
        @Test func gatesSaturateAndNaNComesThrough() {
            for (value, expected) in [(1e30, 1.0), (-1e30, 0), (200, 1), (-200, 0), (.infinity, 1), (.nan, .nan)] {
                let (x, kernel) = (GuardedArray<Float>([Float(value)]), GuardedArray<Float>([1, 1, 0, 1]))
                let (weights, c0) = (GuardedArray<Float>([0, 0, 0, 0]), GuardedArray<Float>([0.5]))
                let (y, h) = (GuardedArray<Float>(outputOf: 1), GuardedArray<Float>([0]))
                var lstm = leat_lstm()
                (lstm.batch, lstm.steps, lstm.features, lstm.units) = (1, 1, 1, 1)
                (lstm.activation, lstm.recurrent_activation) = (LEAT_TANH, LEAT_SIGMOID)
                (lstm.x, lstm.kernel) = (.init(x.elements), .init(kernel.elements))
                (lstm.recurrent, lstm.y) = (.init(weights.elements), .init(y.elements))
                (lstm.initial_state, lstm.initial_cell) = (.init(h.elements), .init(c0.elements))
                // c = f · 0.5 + i · tanh(x · 0), and 0 · ∞ is NaN as anywhere.
                let wish = value.isInfinite ? .nan : expected * hyperbolicTangent(expected * 0.5)
                check("input \(value)", [Output(array: y, expected: [wish], absolute: 1e-30)]) {
                    leat_add_lstm($0, &lstm)
                }
            }
        }

        @Test func impossibleShapesAreRefused() {
            for (steps, features, units) in [(0, 1, 1), (1, 0, 1), (1, 1, 0)] as [(Int64, Int64, Int64)] {
                var lstm = leat_lstm()
                (lstm.batch, lstm.steps, lstm.features, lstm.units) = (1, steps, features, units)
                #expect(run(Float.self, threads: 1) { leat_add_lstm($0, &lstm) } == nil)
            }
        }
    }
}
