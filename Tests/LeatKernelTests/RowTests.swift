import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Rows {
        static let shapes = [
            (1, 1), (3, 2), (5, 10), (7, 16), (33, 17), (18, 31), (35, 32), (20, 33), (2, 1000), (4000, 10), (300, 129),
        ]

        private func softmax(_ x: [Double], columns: Int) -> (p: [Double], logarithms: [Double]) {
            var p = x
            var logarithms = x
            for row in stride(from: 0, to: x.count, by: columns) {
                let top = x[row..<row + columns].max() ?? 0
                let sum = x[row..<row + columns].reduce(0) { $0 + exponential($1 - top) }
                for i in row..<row + columns {
                    logarithms[i] = x[i] - top - logarithm(sum)
                    p[i] = exponential(logarithms[i])
                }
            }
            return (p, logarithms)
        }

        private func checkAll<T: Real>(_: T.Type, _ rows: Int, _ columns: Int) {
            let (r, c) = (Int64(rows), Int64(columns))
            var numbers = Numbers(UInt64(rows + columns))
            let x = GuardedArray<T>(numbers.array(rows * columns, in: -5...5))
            let targets = GuardedArray<T>(numbers.array(rows * columns, in: 0...1))
            let labels = GuardedArray<T>((0..<rows).map { T($0 * 7 % columns) })
            let dloss = GuardedArray<T>(numbers.array(rows))
            let dy = GuardedArray<T>(numbers.array(rows * columns))
            let (p, logarithms) = softmax(x.doubles, columns: columns)
            let (t, l, dl) = (targets.doubles, labels.values.map { Int($0) }, dloss.doubles)
            let y = GuardedArray<T>(outputOf: rows * columns)
            let losses = GuardedArray<T>(outputOf: rows)
            func wide(_ expected: [Double]) -> Output<T> {
                Output(array: y, expected: expected, relative: 8 * T.unit, absolute: 8 * T.unit)
            }
            func narrow(_ expected: [Double]) -> Output<T> {
                Output(array: losses, expected: expected, relative: 8 * T.unit, absolute: 8 * T.unit)
            }
            func perRow(_ value: (Int, Range<Int>) -> Double) -> [Double] {
                (0..<rows).map { value($0, $0 * columns..<($0 + 1) * columns) }
            }

            check("softmax", [wide(p)]) { leat_add_softmax($0, r, c, x.elements, y.elements) }
            let entropy = perRow { _, row in -row.reduce(0) { $0 + t[$1] * logarithms[$1] } }
            var loss = narrow(entropy)
            loss.absolute *= Double(columns)
            check("cross-entropy", [wide(p), loss]) {
                leat_add_softmax_cross_entropy($0, r, c, x.elements, targets.elements, y.elements, losses.elements)
            }
            let picked = perRow { index, row in -logarithms[row.lowerBound + l[index]] }
            check("sparse cross-entropy", [wide(p), narrow(picked)]) {
                leat_add_sparse_cross_entropy($0, r, c, x.elements, labels.elements, y.elements, losses.elements)
            }

            let output = GuardedArray<T>(p.map { T($0) })
            let sums = perRow { _, row in row.reduce(0) { $0 + t[$1] } }
            let dots = perRow { _, row in row.reduce(0) { $0 + p[$1] * Double(dy.elements[$1]) } }
            let at = (0..<rows * columns).map { (row: $0 / columns, isLabel: l[$0 / columns] == $0 % columns) }
            check("softmax gradient", [wide(p.indices.map { p[$0] * (Double(dy.elements[$0]) - dots[at[$0].row]) })]) {
                leat_add_softmax_gradient($0, r, c, output.elements, dy.elements, y.elements)
            }
            var dense = wide(p.indices.map { dl[at[$0].row] * (p[$0] * sums[at[$0].row] - t[$0]) })
            dense.absolute *= 4
            check("cross-entropy gradient", [dense]) {
                leat_add_softmax_cross_entropy_gradient(
                    $0, r, c, output.elements, targets.elements, dloss.elements, y.elements)
            }
            check("sparse gradient", [wide(p.indices.map { dl[at[$0].row] * (p[$0] - (at[$0].isLabel ? 1 : 0)) })]) {
                leat_add_sparse_cross_entropy_gradient(
                    $0, r, c, output.elements, labels.elements, dloss.elements, y.elements)
            }
            check("pick", [narrow(perRow { index, row in Double(x.elements[row.lowerBound + l[index]]) })]) {
                leat_add_pick($0, r, c, x.elements, labels.elements, losses.elements)
            }
            check("pick gradient", [wide(p.indices.map { at[$0].isLabel ? dl[at[$0].row] : 0 })]) {
                leat_add_pick_gradient($0, r, c, labels.elements, dloss.elements, y.elements)
            }
            let logits = x.doubles
            let best = perRow { _, row in
                let top = logits[row].max() ?? 0
                return Double((logits[row].firstIndex(of: top) ?? 0) - row.lowerBound)
            }
            check("argmax", [narrow(best)]) { leat_add_argmax($0, r, c, x.elements, losses.elements) }
        }

        @Test(arguments: shapes) func rowOperationsMatchTheReference(_ rows: Int, _ columns: Int) {
            checkAll(Float.self, rows, columns)
            checkAll(Double.self, rows, columns)
        }

        @Test(arguments: [4, 32, 33, 70]) func argmaxTakesTheFirstOfEqualMaxima(columns: Int) {
            let x = GuardedArray<Float>([1, 3, 3] + [Float](repeating: 2, count: columns - 3))
            let y = GuardedArray<Float>(outputOf: 1)
            check("argmax", [Output(array: y, expected: [1])]) {
                leat_add_argmax($0, 1, Int64(columns), x.elements, y.elements)
            }
        }

        @Test(arguments: [2, 32, 33, 70]) func aTargetOfZeroIgnoresAnInfiniteLogit(columns: Int) {
            let x = GuardedArray<Float>([0] + [Float](repeating: -.infinity, count: columns - 1))
            let targets = GuardedArray<Float>([1] + [Float](repeating: 0, count: columns - 1))
            let p = GuardedArray<Float>(outputOf: columns)
            let loss = GuardedArray<Float>(outputOf: 1)
            let outputs = [
                Output(array: p, expected: targets.doubles), Output(array: loss, expected: [0]),
            ]
            check("cross-entropy", outputs) {
                leat_add_softmax_cross_entropy(
                    $0, 1, Int64(columns), x.elements, targets.elements, p.elements, loss.elements)
            }
        }

        /// NaN and infinities make NaN of their own row; the rows beside it have the bits that they have alone.
        @Test(arguments: [10, 40]) func oddRowsLeaveTheirNeighboursAlone(columns: Int) {
            let rows = 19
            var numbers = Numbers(3)
            var values: [Float] = numbers.array(rows * columns, in: -5...5)
            let odd = [2: Float.nan, 7: .infinity, 11: -.infinity]
            for (row, value) in odd {
                for column in 0..<(value == -.infinity ? columns : 1) { values[row * columns + column] = value }
            }
            let x = GuardedArray<Float>(values)
            let y = GuardedArray<Float>(outputOf: rows * columns)
            let one = GuardedArray<Float>(outputOf: columns)
            forEachInstructionSet { isa in
                _ = run(Float.self, threads: 1) {
                    leat_add_softmax($0, Int64(rows), Int64(columns), x.elements, y.elements)
                }
                for row in 0..<rows {
                    let range = row * columns..<(row + 1) * columns
                    let result = Array(y.values[range])
                    #expect(result.allSatisfy(\.isNaN) == (odd[row] != nil), "row \(row), set \(isa.rawValue)")
                    // In place, as a model's last layer may be.
                    one.set(Array(values[range]))
                    _ = run(Float.self, threads: 1) {
                        leat_add_softmax($0, 1, Int64(columns), one.elements, one.elements)
                    }
                    #expect(odd[row] != nil || one.values == result, "row \(row), set \(isa.rawValue)")
                }
            }
        }

        private func checkLogistic<T: Real>(_: T.Type, count: Int, range: ClosedRange<Double>) {
            var numbers = Numbers(UInt64(count))
            let x = GuardedArray<T>(numbers.array(count, in: range))
            let targets = GuardedArray<T>(numbers.array(count, in: 0...1).map { (value: T) in value.rounded() })
            let p = GuardedArray<T>(outputOf: count)
            let loss = GuardedArray<T>(outputOf: count)
            let logits = x.doubles
            let losses = zip(logits, targets.doubles).map { x, t in
                (t == 1 ? max(-x, 0) : max(x, 0)) + logarithmOfOnePlus(exponential(-x.magnitude))
            }
            let outputs = [
                Output(array: p, expected: logits.map { reference(LEAT_SIGMOID, $0) }, relative: 4 * T.unit),
                // x·(1 − target) is rounded once more where the target is 1.
                Output(array: loss, expected: losses, relative: 8 * T.unit),
            ]
            check("logistic loss", outputs) {
                leat_add_sigmoid_cross_entropy(
                    $0, Int64(count), x.elements, targets.elements, p.elements, loss.elements)
            }
            let dloss = GuardedArray<T>(numbers.array(count))
            let output = GuardedArray<T>(numbers.array(count, in: 0...1))
            let dx = GuardedArray<T>(outputOf: count)
            let expected = (0..<count).map {
                Double(dloss.elements[$0]) * (Double(output.elements[$0]) - Double(targets.elements[$0]))
            }
            check("its gradient", [Output(array: dx, expected: expected, relative: 4 * T.unit)]) {
                leat_add_sigmoid_cross_entropy_gradient(
                    $0, Int64(count), output.elements, targets.elements, dloss.elements, dx.elements)
            }
        }

        @Test func theLogisticLossMatchesTheReference() {
            for (count, range) in [(1, -1.0...1), (33, -20...20), (3000, -0.1...0.1), (3000, -50...50)] {
                checkLogistic(Float.self, count: count, range: range)
                checkLogistic(Double.self, count: count, range: range)
            }
        }
    }
}
