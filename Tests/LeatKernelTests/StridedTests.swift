import CLeatKernels
import Testing

/// Every index of `dims`, row-major.
private func indices(_ dims: [Int]) -> [[Int]] {
    dims.reduce([[]]) { found, size in found.flatMap { index in (0..<size).map { index + [$0] } } }
}

private func offset(_ index: [Int], _ strides: [Int]) -> Int { zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 } }

extension Kernels {
    @Suite struct Strided {
        struct Case {
            var dims: [Int], a: [Int], b: [Int]
        }

        static let cases = [
            Case(dims: [], a: [], b: []),
            Case(dims: [7], a: [1], b: [1]),
            Case(dims: [5, 33], a: [33, 1], b: [0, 1]),
            Case(dims: [5, 33], a: [33, 1], b: [1, 0]),
            Case(dims: [4, 17], a: [0, 0], b: [17, 1]),
            Case(dims: [3, 4, 5], a: [20, 5, 1], b: [5, 0, 1]),
            Case(dims: [6, 9], a: [1, 6], b: [9, 1]),
            Case(dims: [2, 1, 3, 2, 17], a: [102, 102, 34, 17, 1], b: [0, 0, 17, 0, 1]),
            Case(dims: [300, 129], a: [129, 1], b: [0, 1]),
            Case(dims: [129, 300], a: [1, 129], b: [300, 1]),
        ]

        private func checkBinary<T: Real>(_: T.Type, _ shape: Case) {
            let operations: [(leat_binary, (Double, Double) -> Double)] = [
                (LEAT_ADD, { $0 + $1 }), (LEAT_SUBTRACT, { $0 - $1 }), (LEAT_MULTIPLY, { $0 * $1 }),
                (LEAT_DIVIDE, { $0 / $1 }), (LEAT_MAXIMUM, { $0 > $1 ? $0 : $1 }),
                (LEAT_MINIMUM, { $0 < $1 ? $0 : $1 }),
                (LEAT_EQUAL, { $0 == $1 ? 1 : 0 }), (LEAT_GREATER, { $0 > $1 ? 1 : 0 }),
                (LEAT_GREATER_EQUAL, { $0 >= $1 ? 1 : 0 }),
            ]
            let positions = indices(shape.dims)
            func extent(_ strides: [Int]) -> Int { 1 + zip(shape.dims, strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 } }
            var numbers = Numbers(9)
            // Few different values, so that some are equal.
            let a = GuardedArray<T>((numbers.array(extent(shape.a), in: -3...3) as [T]).map { $0.rounded() + 0.5 })
            let b = GuardedArray<T>((numbers.array(extent(shape.b), in: -3...3) as [T]).map { $0.rounded() + 0.5 })
            let y = GuardedArray<T>(outputOf: positions.count)
            let (dims, sa, sb) = (shape.dims.map(Int64.init), shape.a.map(Int64.init), shape.b.map(Int64.init))
            for (operation, function) in operations {
                let expected = positions.map { index in
                    function(Double(a.elements[offset(index, shape.a)]), Double(b.elements[offset(index, shape.b)]))
                }
                check(
                    "operation \(operation.rawValue) over \(shape)",
                    [Output(array: y, expected: expected, relative: T.unit)]
                ) {
                    leat_add_binary($0, operation, Int32(dims.count), dims, a.elements, sa, b.elements, sb, y.elements)
                }
            }
            let expected = positions.map { Double(a.elements[offset($0, shape.a)]) }
            check("copy over \(shape)", [Output(array: y, expected: expected, relative: 0)]) {
                leat_add_strided_copy($0, Int32(dims.count), dims, a.elements, sa, y.elements)
            }
        }

        @Test(arguments: cases.indices) func binaryOperationsAndCopiesMatchTheReference(_ index: Int) {
            checkBinary(Float.self, Self.cases[index])
            checkBinary(Double.self, Self.cases[index])
        }

        @Test func maximumAndMinimumKeepNaN() {
            let a = GuardedArray<Float>([Float.nan, 1, 1])
            let b = GuardedArray<Float>([1, Float.nan, 2])
            let y = GuardedArray<Float>(outputOf: 3)
            for (operation, last) in [(LEAT_MAXIMUM, 2.0), (LEAT_MINIMUM, 1.0)] {
                check("NaN", [Output(array: y, expected: [.nan, .nan, last])]) {
                    leat_add_binary($0, operation, 1, [3], a.elements, [1], b.elements, [1], y.elements)
                }
            }
        }

        private func checkReduction<T: Real>(_: T.Type, _ dims: [Int], _ reduced: [Bool]) {
            var numbers = Numbers(4)
            let x = GuardedArray<T>(numbers.array(dims.reduce(1, *)))
            var kept = [Int](repeating: 0, count: dims.count)
            var stride = 1
            for axis in dims.indices.reversed() where !reduced[axis] {
                kept[axis] = stride
                stride *= dims[axis]
            }
            let y = GuardedArray<T>(outputOf: stride)
            var sums = [Double](repeating: 0, count: stride)
            var tops = [Double](repeating: -.infinity, count: stride)
            for (value, index) in zip(x.doubles, indices(dims)) {
                let at = offset(index, kept)
                sums[at] += value
                tops[at] = max(tops[at], value)
            }
            let terms = Double(x.count / stride)
            for (kind, expected) in [(LEAT_SUM, sums), (LEAT_MEAN, sums.map { $0 / terms }), (LEAT_MAX, tops)] {
                let output = Output(array: y, expected: expected, relative: T.unit, absolute: 1e-15 * terms)
                check("reduction \(kind.rawValue) of \(dims) over \(reduced)", [output]) {
                    leat_add_reduce($0, kind, Int32(dims.count), dims.map(Int64.init), reduced, x.elements, y.elements)
                }
            }
        }

        @Test func reductionsMatchTheReference() {
            let cases: [([Int], [Bool])] = [
                ([], []), ([1], [true]), ([17], [false]), ([100_003], [true]), ([5, 33], [false, true]),
                ([5, 33], [true, false]), ([2000, 65], [true, false]), ([65, 2000], [false, true]),
                ([3, 4, 5], [true, false, true]), ([3, 4, 5], [false, true, false]),
                ([2, 3, 4, 5], [false, true, true, false]), ([7, 1, 300], [true, true, false]),
                ([40, 50, 60], [true, false, true]), ([3, 700, 5], [false, true, false]),
            ]
            for (dims, reduced) in cases {
                checkReduction(Float.self, dims, reduced)
                checkReduction(Double.self, dims, reduced)
            }
        }
    }
}
