import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Optimizers {
        private let rate = GuardedArray<Double>([0.1])

        /// One update of `slots` and, after them, the parameters.
        private func update<T: Real>(
            _ plan: OpaquePointer, _ rule: leat_rule, _ g: GuardedArray<T>, _ state: [Output<T>], slots: [Int], p: Int
        ) -> Bool {
            var rule = rule
            var addresses: [UnsafeMutableRawPointer?] = slots.map { .init(state[$0].array.elements) }
            #expect(Int(leat_rule_slots(&rule)) == slots.count)
            addresses += Array(repeating: nil, count: 3 - slots.count)
            return leat_add_update(
                plan, &rule, Int64(g.count), rate.elements, g.elements, addresses, state[p].array.elements)
        }

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

            let plain = outputs([p], [zip(ps, gs).map { $0 - 0.1 * $1 }])
            check("SGD", plain) {
                update($0, .sgd(0), g, plain, slots: [], p: 0)
            }
            let velocity = zip(ms, gs).map { 0.9 * $0 - 0.1 * $1 }
            for nesterov in [false, true] {
                let moved = (0..<count).map { ps[$0] + (nesterov ? 0.9 * velocity[$0] - 0.1 * gs[$0] : velocity[$0]) }
                let state = outputs([m, p], [velocity, moved])
                check("SGD with momentum", state) {
                    update($0, .sgd(0.9, nesterov: nesterov), g, state, slots: [0], p: 1)
                }
            }

            let average = zip(vs, gs).map { 0.9 * $0 + 0.1 * $1 * $1 }
            let stepped = (0..<count).map { ps[$0] - 0.1 * gs[$0] / (average[$0] + 1e-7).squareRoot() }
            let rms = outputs([v, p], [average, stepped])
            check("RMSprop", rms) {
                update($0, .rmsprop, g, rms, slots: [0], p: 1)
            }

            let slow = zip(vs, gs).map { 0.95 * $0 + 0.05 * $1 * $1 }
            let changes = (0..<count).map {
                (Double(top[$0]) + 1e-7).squareRoot() * gs[$0] / (slow[$0] + 1e-7).squareRoot()
            }
            let squares = zip(top, changes).map { 0.95 * Double($0) + 0.05 * $1 * $1 }
            let delta = outputs([v, top, p], [slow, squares, zip(ps, changes).map { $0 - 0.1 * $1 }])
            check("Adadelta", delta) {
                update($0, .adadelta, g, delta, slots: [0, 1], p: 2)
            }

            let first = zip(ms, gs).map { 0.9 * $0 + 0.1 * $1 }
            let second = zip(vs, gs).map { 0.999 * $0 + 0.001 * $1 * $1 }
            for amsgrad in [false, true] {
                let highest = zip(second, top).map { amsgrad ? max($0, Double($1)) : $0 }
                let adapted = (0..<count).map { ps[$0] - 0.1 * first[$0] / (highest[$0].squareRoot() + 1e-7) }
                let state = outputs(
                    [m, v, p, top], [first, second, adapted, amsgrad ? highest : top.map(Double.init)])
                check("Adam", state) {
                    update(
                        $0, .adam(amsgrad: amsgrad), g, state, slots: amsgrad ? [0, 1, 3] : [0, 1], p: 2)
                }
            }
        }

        @Test(arguments: [1, 15, 33, 90_001]) func stepsMatchTheirFormulas(_ count: Int) {
            checkAll(Float.self, count: count)
            checkAll(Double.self, count: count)
        }
    }
}

/// Rules with the numbers that the tests use.
extension leat_rule {
    static func sgd(_ momentum: Double, nesterov: Bool = false) -> leat_rule {
        leat_rule(optimizer: LEAT_SGD, decay: momentum, second_decay: 0, epsilon: 0, variant: nesterov)
    }

    static var rmsprop: leat_rule {
        leat_rule(optimizer: LEAT_RMSPROP, decay: 0.9, second_decay: 0, epsilon: 1e-7, variant: false)
    }

    static func adam(amsgrad: Bool) -> leat_rule {
        leat_rule(optimizer: LEAT_ADAM, decay: 0.9, second_decay: 0.999, epsilon: 1e-7, variant: amsgrad)
    }

    static var adadelta: leat_rule {
        leat_rule(optimizer: LEAT_ADADELTA, decay: 0.95, second_decay: 0, epsilon: 1e-7, variant: false)
    }
}
