import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Optimizers {
        private let rate = GuardedArray<Double>([0.1])

        private func outputs<T: Real>(_ initial: [[T]], _ expected: [[Double]]) -> [Output<T>] {
            zip(initial, expected).map { initial, expected in
                Output(
                    array: GuardedArray<T>(outputOf: initial.count), expected: expected, initial: initial,
                    relative: 8 * T.unit, absolute: 2 * T.unit)
            }
        }

        private func checkAll<T: Real>(_: T.Type, count: Int) {
            var numbers = Numbers(UInt64(count))
            let gradient: [T] = numbers.array(count)
            let g = GuardedArray<T>(gradient)
            let (p, m): ([T], [T]) = (numbers.array(count), numbers.array(count))
            let (v, top): ([T], [T]) = (numbers.array(count, in: 0...1), numbers.array(count, in: 0...1))
            let (gs, ps, ms, vs) = (
                gradient.map(Double.init), p.map(Double.init), m.map(Double.init), v.map(Double.init)
            )
            let length = Int64(count)

            let plain = outputs([p], [zip(ps, gs).map { $0 - 0.1 * $1 }])
            check("SGD", plain) {
                leat_add_sgd($0, length, 0, false, rate.elements, g.elements, nil, plain[0].array.elements)
            }
            let velocity = zip(ms, gs).map { 0.9 * $0 - 0.1 * $1 }
            for nesterov in [false, true] {
                let moved = (0..<count).map { ps[$0] + (nesterov ? 0.9 * velocity[$0] - 0.1 * gs[$0] : velocity[$0]) }
                let state = outputs([m, p], [velocity, moved])
                check("SGD with momentum", state) {
                    leat_add_sgd(
                        $0, length, 0.9, nesterov, rate.elements, g.elements, state[0].array.elements,
                        state[1].array.elements)
                }
            }

            let average = zip(vs, gs).map { 0.9 * $0 + 0.1 * $1 * $1 }
            let stepped = (0..<count).map { ps[$0] - 0.1 * gs[$0] / (average[$0] + 1e-7).squareRoot() }
            let rms = outputs([v, p], [average, stepped])
            check("RMSprop", rms) {
                leat_add_rmsprop(
                    $0, length, 0.9, 1e-7, rate.elements, g.elements, rms[0].array.elements, rms[1].array.elements)
            }

            let slow = zip(vs, gs).map { 0.95 * $0 + 0.05 * $1 * $1 }
            let changes = (0..<count).map {
                (Double(top[$0]) + 1e-7).squareRoot() * gs[$0] / (slow[$0] + 1e-7).squareRoot()
            }
            let squares = zip(top, changes).map { 0.95 * Double($0) + 0.05 * $1 * $1 }
            let delta = outputs([v, top, p], [slow, squares, zip(ps, changes).map { $0 - 0.1 * $1 }])
            check("Adadelta", delta) {
                leat_add_adadelta(
                    $0, length, 0.95, 1e-7, rate.elements, g.elements, delta[0].array.elements,
                    delta[1].array.elements, delta[2].array.elements)
            }

            let first = zip(ms, gs).map { 0.9 * $0 + 0.1 * $1 }
            let second = zip(vs, gs).map { 0.999 * $0 + 0.001 * $1 * $1 }
            for amsgrad in [false, true] {
                let highest = zip(second, top).map { amsgrad ? max($0, Double($1)) : $0 }
                let adapted = (0..<count).map { ps[$0] - 0.1 * first[$0] / (highest[$0].squareRoot() + 1e-7) }
                let state = outputs(
                    [m, v, p, top], [first, second, adapted, amsgrad ? highest : top.map(Double.init)])
                check("Adam", state) {
                    leat_add_adam(
                        $0, length, 0.9, 0.999, 1e-7, rate.elements, g.elements, state[0].array.elements,
                        state[1].array.elements, amsgrad ? state[3].array.elements : nil, state[2].array.elements)
                }
            }
        }

        @Test(arguments: [1, 15, 33, 90_001]) func stepsMatchTheirFormulas(_ count: Int) {
            checkAll(Float.self, count: count)
            checkAll(Double.self, count: count)
        }
    }
}
