import CLeatKernels
import Testing

/// op(a)·op(b) in double precision.
private func product(_ g: leat_gemm, _ a: [Double], _ b: [Double]) -> [Double] {
    let (m, n, k) = (Int(g.m), Int(g.n), Int(g.k))
    var c = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
        for p in 0..<k {
            let left = g.transpose_a ? a[p * m + i] : a[i * k + p]
            for j in 0..<n { c[i * n + j] += left * (g.transpose_b ? b[j * k + p] : b[p * n + j]) }
        }
    }
    return c
}

func reference(_ activation: leat_activation, _ x: Double) -> Double {
    switch activation {
    case LEAT_RELU: max(x, 0)
    case LEAT_SIGMOID: 1 / (1 + exponential(-x))
    case LEAT_TANH: hyperbolicTangent(x)
    default: x
    }
}

func referenceGradient(_ activation: leat_activation, output y: Double) -> Double {
    switch activation {
    case LEAT_RELU: y > 0 ? 1 : 0
    case LEAT_SIGMOID: y * (1 - y)
    case LEAT_TANH: 1 - y * y
    default: 1
    }
}

extension Kernels {
    @Suite struct Products {
        struct Shape: CustomStringConvertible {
            var m: Int, n: Int, k: Int
            var description: String { "\(m)×\(n)×\(k)" }
        }

        private func checkProduct<T: Real>(
            _: T.Type, _ shape: Shape, transposed: (Bool, Bool), bias: Bool = false,
            activation: leat_activation = LEAT_LINEAR, gradient: leat_activation? = nil, maskScale: Double? = nil
        ) {
            var numbers = Numbers(UInt64(shape.m * 7 + shape.n * 3 + shape.k))
            let a = GuardedArray<T>(numbers.array(shape.m * shape.k))
            let b = GuardedArray<T>(numbers.array(shape.k * shape.n))
            let biases = GuardedArray<T>(numbers.array(shape.n))
            let outputs = GuardedArray<T>(numbers.array(shape.m * shape.n))
            let mask = Mask(count: shape.m * shape.n, &numbers)
            let c = GuardedArray<T>(outputOf: shape.m * shape.n)
            var g = leat_gemm()
            (g.transpose_a, g.transpose_b) = transposed
            (g.m, g.n, g.k) = (Int64(shape.m), Int64(shape.n), Int64(shape.k))
            (g.a, g.b, g.c) = (UnsafeRawPointer(a.elements), UnsafeRawPointer(b.elements), .init(c.elements))
            if bias { g.bias = UnsafeRawPointer(biases.elements) }
            g.activation = activation
            if let gradient {
                g.gradient_output = UnsafeRawPointer(outputs.elements)
                g.gradient_activation = gradient
            }
            if let maskScale {
                g.mask = UnsafePointer(mask.bytes.elements)
                g.mask_scale = maskScale
            }
            let biasValues = biases.doubles
            var expected = product(g, a.doubles, b.doubles)
            for i in expected.indices {
                if bias { expected[i] += biasValues[i % shape.n] }
                expected[i] = reference(activation, expected[i])
                if let gradient {
                    let y = Double(outputs.elements[i]) / (maskScale ?? 1)
                    expected[i] *= referenceGradient(gradient, output: y)
                }
                if let maskScale { expected[i] = mask.bits[i] ? expected[i] * maskScale : 0 }
            }
            // A sum of k products of about 1 rounds k times, partial sums growing as √k.
            let slack = T.unit * (24 + Double(shape.k) / 2)
            let output = Output(array: c, expected: expected, relative: 8 * T.unit, absolute: slack)
            check("\(shape) transposed \(transposed) bias \(bias) activation \(activation.rawValue)", [output]) {
                leat_add_gemm($0, &g)
            }
        }

        @Test func allFourFormsOfOddShapesMatchTheReference() {
            for transposed in [(false, false), (false, true), (true, false), (true, true)] {
                for m in [1, 3, 6, 13, 33] {
                    for n in oddSizes {
                        let shape = Shape(m: m, n: n, k: [1, 5, 16, 17, 65][(m + n) % 5])
                        checkProduct(Float.self, shape, transposed: transposed)
                        checkProduct(Double.self, shape, transposed: transposed)
                    }
                }
            }
        }

        @Test(arguments: [false, true]) func productsOfManyChunksAndDepthBlocksMatchTheReference(_ onednn: Bool) {
            let before = leat_onednn_enable(onednn)
            defer { _ = leat_onednn_enable(before) }
            for transposed in [(false, false), (false, true), (true, false), (true, true)] {
                for shape in [
                    Shape(m: 129, n: 257, k: 130), Shape(m: 300, n: 65, k: 1030), Shape(m: 40, n: 530, k: 600),
                    Shape(m: 600, n: 65, k: 520),
                ] {
                    checkProduct(Float.self, shape, transposed: transposed)
                    checkProduct(Float.self, shape, transposed: transposed, bias: true, activation: LEAT_RELU)
                    checkProduct(Float.self, shape, transposed: transposed, gradient: LEAT_TANH)
                    checkProduct(Double.self, shape, transposed: transposed, gradient: LEAT_RELU)
                }
            }
        }

        @Test func millionsOfColumnsMatchTheReference() {
            checkProduct(Float.self, Shape(m: 1, n: 3_000_000, k: 1), transposed: (false, false), bias: true)
        }

        /// Chunks are counted when the step is added; its memory is touched only by a run, which there is none of.
        @Test func aProductOfMoreColumnsThanChunksCanBeAdded() {
            let nothing = GuardedArray<Double>(outputOf: 1)
            forEachInstructionSet { _ in
                for (m, n) in [(1024, 3_000_000), (1 << 40, 1 << 20), (1 << 20, 1 << 40)] as [(Int64, Int64)] {
                    guard let plan = leat_plan_create(LEAT_FLOAT64, 1) else { return }
                    defer { leat_plan_destroy(plan) }
                    var g = leat_gemm()
                    (g.m, g.n, g.k) = (m, n, 500)
                    (g.a, g.b, g.c) = (.init(nothing.elements), .init(nothing.elements), .init(nothing.elements))
                    #expect(leat_add_gemm(plan, &g))
                    #expect(leat_plan_step_count(plan) == 1)
                }
            }
        }

        @Test(arguments: [false, true]) func reluKeepsNaN(_ onednn: Bool) {
            let before = leat_onednn_enable(onednn)
            defer { _ = leat_onednn_enable(before) }
            let a = GuardedArray<Float>(count: 128 * 128, filledWith: .nan)
            let b = GuardedArray<Float>(count: 128 * 256, filledWith: 1)
            let c = GuardedArray<Float>(outputOf: 128 * 256)
            var g = leat_gemm()
            (g.m, g.n, g.k, g.activation) = (128, 256, 128, LEAT_RELU)
            (g.a, g.b, g.c) = (.init(a.elements), .init(b.elements), .init(c.elements))
            let allNaN = [Double](repeating: .nan, count: c.count)
            let zeros = [Float](repeating: 0, count: c.count)
            check("product of NaN", [Output(array: c, expected: allNaN, initial: zeros)]) { leat_add_gemm($0, &g) }
        }

        @Test func everyEpilogueIsApplied() {
            for activation in [LEAT_LINEAR, LEAT_RELU, LEAT_SIGMOID, LEAT_TANH] {
                for shape in [Shape(m: 7, n: 17, k: 33), Shape(m: 13, n: 48, k: 1)] {
                    for bias in [false, true] {
                        checkProduct(Float.self, shape, transposed: (false, false), bias: bias, activation: activation)
                        checkProduct(Double.self, shape, transposed: (false, false), bias: bias, activation: activation)
                    }
                    checkProduct(Float.self, shape, transposed: (false, true), gradient: activation)
                    checkProduct(Double.self, shape, transposed: (true, false), gradient: activation)
                }
            }
        }

        @Test(arguments: [false, true]) func whatTheMaskDropsIsZeroAndTheRestScaled(_ onednn: Bool) {
            let before = leat_onednn_enable(onednn)
            defer { _ = leat_onednn_enable(before) }
            for shape in [Shape(m: 5, n: 1, k: 3), Shape(m: 7, n: 67, k: 33), Shape(m: 129, n: 257, k: 130)] {
                for activation in [LEAT_LINEAR, LEAT_RELU, LEAT_TANH] {
                    checkProduct(
                        Float.self, shape, transposed: (false, false), bias: true, activation: activation,
                        maskScale: 1.25)
                    checkProduct(Float.self, shape, transposed: (false, true), gradient: activation, maskScale: 2)
                    checkProduct(Double.self, shape, transposed: (true, false), gradient: activation, maskScale: 2)
                }
            }
        }

        @Test func aProductWithoutDepthIsTheEpilogueOfZero() {
            checkProduct(
                Float.self, Shape(m: 5, n: 20, k: 0), transposed: (false, false), bias: true, activation: LEAT_TANH)
        }
    }
}
