import CLeatKernels
import LeatCore
import Testing

extension Kernels {
    @Suite struct Elementwise {
        private func checkUnary<T: Real>(
            _: T.Type, _ operation: leat_unary, ulps: Double = 0, in range: ClosedRange<Double> = -3...3,
            special: [T] = [], _ function: (Double) -> Double
        ) {
            for count in oddSizes + [40_000] {
                var numbers = Numbers(UInt64(count))
                let values: [T] = special + numbers.array(count, in: range)
                let x = GuardedArray<T>(values)
                let y = GuardedArray<T>(outputOf: values.count)
                // Results below the normal numbers are flushed to zero.
                let output = Output(
                    array: y, expected: values.map { Double(T(function(Double($0)))) }, relative: ulps * T.unit,
                    absolute: Double(T.leastNormalMagnitude))
                check("function \(operation.rawValue)", [output]) {
                    leat_add_unary($0, operation, Int64(values.count), x.elements, y.elements)
                }
            }
        }

        private func checkFunctions<T: Real>(_: T.Type) {
            let edges: [T] = [0, -0.0, .infinity, -.infinity, .nan, 1, -1, .greatestFiniteMagnitude]
            checkUnary(T.self, LEAT_NEGATE, special: edges) { -$0 }
            checkUnary(T.self, LEAT_SQRT, special: edges) { $0.squareRoot() }
            checkUnary(T.self, LEAT_SQUARE, special: edges) { $0 * $0 }
            checkUnary(T.self, LEAT_ABS, special: edges) { $0.magnitude }
            checkUnary(T.self, LEAT_SIGN, special: edges) { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
            checkUnary(T.self, LEAT_RECIPROCAL, special: edges) { 1 / $0 }
            checkUnary(T.self, LEAT_ROUND_EVEN, special: edges + [0.5, 1.5, 2.5, -0.5, -1.5]) {
                $0.rounded(.toNearestOrEven)
            }
            for range in [-1...1, -90...90, -700...700] as [ClosedRange<Double>] {
                checkUnary(T.self, LEAT_EXP, ulps: 2, in: range, special: edges, exponential)
            }
            for range in [0.5...2, 0.999...1.001, 1e-30...1e30] as [ClosedRange<Double>] {
                checkUnary(T.self, LEAT_LOG, ulps: 2, in: range, special: edges, logarithm)
            }
        }

        @Test func unaryFunctionsMatchTheCLibrary() {
            checkFunctions(Float.self)
            checkFunctions(Double.self)
        }

        private func checkActivations<T: Real>(_: T.Type) {
            for activation in [LEAT_LINEAR, LEAT_RELU, LEAT_SIGMOID, LEAT_TANH] {
                for (count, range) in [(3, -1.0...1), (65, -8...8), (50_003, -0.01...0.01), (50_003, -30...30)] {
                    var numbers = Numbers(UInt64(count))
                    let x = GuardedArray<T>(numbers.array(count, in: range))
                    let y = GuardedArray<T>(outputOf: count)
                    let expected = x.doubles.map { reference(activation, $0) }
                    check(
                        "activation \(activation.rawValue)",
                        [Output(array: y, expected: expected, relative: 4 * T.unit)]
                    ) {
                        leat_add_activation($0, activation, Int64(count), x.elements, y.elements)
                    }
                    let output = GuardedArray<T>(numbers.array(count))
                    let dy: [T] = numbers.array(count)
                    let dx = GuardedArray<T>(outputOf: count)
                    let gradient = zip(output.doubles, dy).map {
                        Double($1) * referenceGradient(activation, output: $0)
                    }
                    let inPlace = Output(
                        array: dx, expected: gradient, initial: dy, relative: 4 * T.unit, absolute: T.unit)
                    check("gradient of activation \(activation.rawValue)", [inPlace]) {
                        leat_add_activation_gradient(
                            $0, activation, Int64(count), output.elements, dx.elements, nil, 1, dx.elements)
                    }
                }
            }
        }

        @Test func activationsAndTheirGradientsMatchTheReference() {
            checkActivations(Float.self)
            checkActivations(Double.self)
        }

        @Test func reluKeepsNaN() {
            let x = GuardedArray<Float>([Float.nan, -1, 1])
            let y = GuardedArray<Float>(outputOf: 3)
            check("relu", [Output(array: y, expected: [.nan, 0, 1])]) {
                leat_add_activation($0, LEAT_RELU, 3, x.elements, y.elements)
            }
        }

        @Test func copyAndFillReachEveryElement() {
            for count in oddSizes + [100_001] {
                var numbers = Numbers(2)
                let x = GuardedArray<Double>(numbers.array(count))
                let y = GuardedArray<Double>(outputOf: count)
                check("copy", [Output(array: y, expected: x.doubles, relative: 0)]) {
                    leat_add_copy($0, Int64(count), x.elements, y.elements)
                }
                check("fill", [Output(array: y, expected: Array(repeating: 2.5, count: count))]) {
                    leat_add_fill($0, Int64(count), 2.5, y.elements)
                }
            }
        }
    }
}
