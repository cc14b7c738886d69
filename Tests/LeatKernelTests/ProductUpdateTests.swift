import CLeatKernels
import Testing

extension Kernels {
    /// Updates by a product that is never written whole: those by a gradient that stands in memory.
    @Suite struct ProductUpdates {
        /// Sums longer than a block, results wider than a part, and tails of all kinds.
        private static let shapes: [(m: Int, n: Int, k: Int)] = [
            (1, 1, 1), (25, 33, 7), (3, 1025, 5), (130, 1100, 3), (65, 40, 600), (700, 64, 33), (129, 513, 1),
            (31, 17, 0),
        ]

        private static let rules: [leat_rule] = [
            .sgd(0), .sgd(0.9, nesterov: true), .rmsprop, .adam(amsgrad: false), .adam(amsgrad: true), .adadelta,
        ]

        private func checkBits<T: Real>(_: T.Type, _ shape: (m: Int, n: Int, k: Int), transposed: (Bool, Bool)) {
            var numbers = Numbers(UInt64(shape.m + 3 * shape.n + 5 * shape.k))
            let a = GuardedArray<T>(numbers.array(shape.m * shape.k))
            let b = GuardedArray<T>(numbers.array(shape.k * shape.n))
            let rate = GuardedArray<Double>([0.1])
            let count = shape.m * shape.n
            let gradient = GuardedArray<T>(outputOf: count)
            var g = leat_gemm()
            (g.transpose_a, g.transpose_b) = transposed
            (g.m, g.n, g.k) = (Int64(shape.m), Int64(shape.n), Int64(shape.k))
            (g.a, g.b) = (UnsafeRawPointer(a.elements), UnsafeRawPointer(b.elements))
            for var rule in Self.rules {
                let slots = Int(leat_rule_slots(&rule))
                let initial: [[T]] = (0...slots).map {
                    $0 == 0 ? numbers.array(count) : numbers.array(count, in: 0...1)
                }
                let arrays = initial.map { _ in GuardedArray<T>(outputOf: count) }
                let addresses: [UnsafeMutableRawPointer?] = (0..<3).map {
                    $0 < slots ? .init(arrays[$0 + 1].elements) : nil
                }
                func bits(threads: Int, _ build: (OpaquePointer) -> Bool) -> [[UInt64]] {
                    for (array, values) in zip(arrays, initial) { array.set(values) }
                    let result = run(T.self, threads: threads, build: build)
                    #expect(result?.status == LEAT_OK)
                    return arrays.map { $0.values.map(\.bits) }
                }
                forEachInstructionSet { isa in
                    var written = g
                    written.c = .init(gradient.elements)
                    let expected = bits(threads: 1) {
                        leat_add_gemm($0, &written)
                            && leat_add_update(
                                $0, &rule, Int64(count), rate.elements, gradient.elements, addresses, arrays[0].elements
                            )
                    }
                    for threads in 1...3 {
                        let fused = bits(threads: threads) {
                            leat_add_product_update($0, &rule, &g, rate.elements, addresses, arrays[0].elements)
                        }
                        #expect(
                            fused == expected,
                            "\(shape), transposed \(transposed), \(T.self), rule \(rule.optimizer), set \(isa.rawValue)"
                        )
                    }
                }
            }
        }

        @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
        func updatesAreThoseByAWrittenGradient(_ transposed: (Bool, Bool)) {
            for shape in Self.shapes {
                checkBits(Double.self, shape, transposed: transposed)
                // So small that own kernels multiply.
                if shape.m * shape.n * shape.k < 2_000_000 { checkBits(Float.self, shape, transposed: transposed) }
            }
        }

        /// A product that oneDNN takes, where there is oneDNN.
        @Test func largeProductsMatchTheReference() {
            let (m, n, k) = (200, 1030, 32)
            var numbers = Numbers(11)
            let a = GuardedArray<Float>(numbers.array(m * k))
            let b = GuardedArray<Float>(numbers.array(k * n))
            let p: [Float] = numbers.array(m * n)
            let rate = GuardedArray<Double>([0.5])
            var g = leat_gemm()
            (g.m, g.n, g.k, g.transpose_a) = (Int64(m), Int64(n), Int64(k), true)
            (g.a, g.b) = (UnsafeRawPointer(a.elements), UnsafeRawPointer(b.elements))
            let (left, right) = (a.doubles, b.doubles)
            let expected = (0..<m * n).map { at in
                Double(p[at]) - 0.5 * (0..<k).reduce(0) { $0 + left[$1 * m + at / n] * right[$1 * n + at % n] }
            }
            let output = Output(
                array: GuardedArray<Float>(outputOf: m * n), expected: expected, initial: p, absolute: 40 * Float.unit)
            var rule = leat_rule.sgd(0)
            check("a large product's update", [output]) {
                leat_add_product_update($0, &rule, &g, rate.elements, [nil, nil, nil], output.array.elements)
            }
        }

        @Test func aProductWithAnEpilogueIsRefused() throws {
            let plan = try #require(leat_plan_create(LEAT_FLOAT32, 1))
            defer { leat_plan_destroy(plan) }
            let array = GuardedArray<Float>([1])
            let rate = GuardedArray<Double>([0.1])
            let bits = GuardedArray<UInt8>([1])
            let epilogues: [(inout leat_gemm) -> Void] = [
                { $0.activation = LEAT_RELU }, { $0.bias = UnsafeRawPointer(array.elements) },
                { $0.gradient_output = UnsafeRawPointer(array.elements) }, { $0.mask = UnsafePointer(bits.elements) },
                { $0.m = -1 },
            ]
            for epilogue in epilogues {
                var rule = leat_rule.sgd(0)
                var g = leat_gemm()
                (g.m, g.n, g.k) = (1, 1, 1)
                (g.a, g.b) = (UnsafeRawPointer(array.elements), UnsafeRawPointer(array.elements))
                epilogue(&g)
                let isAdded = leat_add_product_update(plan, &rule, &g, rate.elements, [nil, nil, nil], array.elements)
                #expect(!isAdded)
            }
        }
    }
}
