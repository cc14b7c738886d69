import LeatCore
import LeatGraph
import LeatTestSupport
import Testing

/// Every operation's gradient against central differences in double precision, on odd shapes.
@Suite struct GradientTests {
    static let functionsOfOne: [(name: String, call: @Sendable (Value) -> Value)] = [
        ("negate", { -$0 }), ("exp", { K.exp($0) }), ("log", { K.log($0 + 2) }), ("sqrt", { K.sqrt($0 + 2) }),
        ("square", { K.square($0) }), ("abs", { K.abs($0) }), ("reciprocal", { 1 / ($0 + 3) }),
        ("relu", { K.relu($0) }), ("sigmoid", { K.sigmoid($0) }), ("tanh", { K.tanh($0) }),
        ("softmax", { K.softmax($0) }), ("dropout", { $0.dropout(rate: 0.4, stream: 3) }),
        ("clip", { K.clip($0, -0.5, 0.5) }), ("sum of rows", { K.sum($0, axis: 1) }),
        ("mean of columns", { K.mean($0, axis: 0) }), ("mean of all", { K.mean($0) }),
        ("max", { K.max($0, axis: -1) }), ("transpose", { $0.transposed([1, 0]) }),
        ("reshape", { $0.reshaped(to: [17, 5]) }),
        ("broadcast", { $0.reshaped(to: [5, 1, 17]).broadcast(to: [5, 3, 17]) }),
    ]

    static let functionsOfTwo: [(name: String, call: @Sendable (Value, Value) -> Value)] = [
        ("add", { $0 + $1 }), ("subtract", { $0 - $1 }), ("multiply", { $0 * $1 }), ("divide", { $0 / ($1 + 3) }),
        ("maximum", { K.maximum($0, $1) }), ("minimum", { K.minimum($0, $1) }),
    ]

    @Test(arguments: functionsOfOne.indices) func ofFunctionsOfOneTensor(index: Int) throws {
        let function = Self.functionsOfOne[index]
        let check = try GradientCheck(values: [.random([5, 17], seed: 1)]) { _, _, x in function.call(x[0]) }
        #expect(check.worstError < 1e-7, "\(function.name)")
        #expect(check.count == 85)
    }

    @Test(arguments: functionsOfTwo.indices, [[3, 1, 5], [5], [1, 4, 1], []] as [Shape])
    func ofBroadcastFunctionsOfTwo(index: Int, second: Shape) throws {
        let function = Self.functionsOfTwo[index]
        let values = [try Tensor.random([3, 4, 5], seed: 1), try Tensor.random(second, seed: 2)]
        for order in [[0, 1], [1, 0]] {
            let check = try GradientCheck(values: order.map { values[$0] }) { _, _, x in function.call(x[0], x[1]) }
            #expect(check.worstError < 1e-7, "\(function.name)")
        }
    }

    @Test(
        arguments: [(1, 1, 1), (3, 17, 5), (15, 33, 16), (31, 9, 65)], [ActivationKind.linear, .relu, .sigmoid, .tanh])
    func ofProductsWithBiasAndActivation(size: (m: Int, k: Int, n: Int), activation: ActivationKind) throws {
        let values: [Tensor] = [
            try .random([size.m, size.k], seed: 1), try .random([size.k, size.n], seed: 2),
            try .random([size.n], seed: 3),
        ]
        let check = try GradientCheck(values: values) { _, _, x in (x[0].product(x[1]) + x[2]).activated(activation) }
        #expect(check.worstError < 1e-6)
    }

    @Test(arguments: [(false, false), (false, true), (true, false), (true, true)])
    func ofTransposedProducts(transposeA: Bool, transposeB: Bool) throws {
        let values: [Tensor] = [
            try .random(transposeA ? [7, 3] : [3, 7], seed: 1), try .random(transposeB ? [5, 7] : [7, 5], seed: 2),
        ]
        let check = try GradientCheck(values: values) { _, _, x in
            x[0].product(x[1], transposeA: transposeA, transposeB: transposeB)
        }
        #expect(check.worstError < 1e-7)
    }

    @Test func ofADeepStackWithEveryFusion() throws {
        let values: [Tensor] = try [[6, 5], [5, 8], [8], [8, 3], [3]].enumerated().map {
            try .random(Shape($1), seed: UInt64($0))
        }
        let check = try GradientCheck(values: values) { _, _, x in
            let hidden = (x[0].product(x[1]) + x[2]).activated(.relu)
            return (hidden.product(x[3]) + x[4]).activated(.tanh)
        }
        #expect(check.worstError < 1e-7)
    }

    @Test func ofAParameterUsedTwice() throws {
        let check = try GradientCheck(values: [.random([4, 4], seed: 1)]) { _, _, x in x[0].product(x[0]) + x[0] }
        #expect(check.worstError < 1e-7)
    }

    @Test(arguments: [
        (height: 5, width: 7, kernel: (3, 3), strides: (1, 1), dilation: (1, 1), padding: Padding.valid),
        (height: 5, width: 7, kernel: (3, 2), strides: (2, 1), dilation: (1, 1), padding: .same),
        (height: 9, width: 6, kernel: (2, 3), strides: (1, 1), dilation: (2, 2), padding: .same),
        (height: 6, width: 6, kernel: (1, 1), strides: (3, 2), dilation: (1, 1), padding: Padding.valid),
        (height: 4, width: 5, kernel: (5, 5), strides: (1, 1), dilation: (1, 1), padding: .same),
        (height: 1, width: 9, kernel: (1, 3), strides: (1, 2), dilation: (1, 2), padding: .causal),
    ])
    func ofConvolutions(
        height: Int, width: Int, kernel: (Int, Int), strides: (Int, Int), dilation: (Int, Int), padding: Padding
    ) throws {
        let window = try #require(
            Window(height: height, width: width, size: kernel, strides: strides, dilation: dilation, padding: padding))
        let values: [Tensor] = [
            try .random([2, height, width, 3], seed: 1), try .random([kernel.0, kernel.1, 3, 5], seed: 2),
            try .random([5], seed: 3),
        ]
        for activation in [ActivationKind.linear, .relu, .tanh] {
            let check = try GradientCheck(values: values) { _, _, x in
                (x[0].convolved(with: x[1], window: window) + x[2]).activated(activation)
            }
            #expect(check.worstError < 1e-6)
        }
    }

    @Test(
        arguments: [((2, 2), (2, 2), Padding.valid), ((3, 2), (1, 2), .same), ((2, 3), (3, 1), .valid)], [true, false])
    func ofMaxPooling(shape: (size: (Int, Int), strides: (Int, Int), padding: Padding), afterRelu: Bool) throws {
        let window = try #require(
            Window(height: 7, width: 6, size: shape.size, strides: shape.strides, padding: shape.padding))
        let check = try GradientCheck(values: [.random([2, 7, 6, 3], seed: 4)]) { _, _, x in
            (afterRelu ? x[0].activated(.relu) : x[0]).maxPooled(window: window)
        }
        #expect(check.worstError < 1e-7)
    }

    @Test(arguments: [true, false]) func ofCategoricalCrossEntropy(fused: Bool) throws {
        let targets = try Tensor.random([5, 7], seed: 8, in: 0...1)
        let check = try GradientCheck(values: [.random([5, 7], seed: 1, in: -3...3)], inputs: [targets]) { _, y, x in
            let p = fused ? K.softmax(x[0]) : K.exp(x[0])
            return p.categoricalCrossEntropy(targets: y[0])
        }
        #expect(check.worstError < 1e-7)
    }

    @Test(arguments: [true, false]) func ofSparseCategoricalCrossEntropy(fused: Bool) throws {
        let labels = Tensor([0, 6, 3, 3, 1] as [UInt8])
        let check = try GradientCheck(values: [.random([5, 7], seed: 1, in: -3...3)], inputs: [labels]) { _, y, x in
            let p = fused ? K.softmax(x[0]) : K.exp(x[0])
            return p.sparseCategoricalCrossEntropy(labels: y[0])
        }
        #expect(check.worstError < 1e-7)
    }

    @Test(arguments: [true, false]) func ofBinaryCrossEntropy(fused: Bool) throws {
        let targets = try Tensor.random([5, 3], seed: 8, in: 0...1)
        let check = try GradientCheck(values: [.random([5, 3], seed: 1)], inputs: [targets]) { _, y, x in
            let p = fused ? K.sigmoid(x[0]) : x[0] * 0.4 + 0.5
            return p.binaryCrossEntropy(targets: y[0])
        }
        #expect(check.worstError < 1e-7)
    }

    @Test func alsoThroughTheProbabilitiesOfAFusedLoss() throws {
        let labels = Tensor([0, 2, 1] as [UInt8])
        let check = try GradientCheck(values: [.random([3, 3], seed: 1)], inputs: [labels]) { _, y, x in
            let p = K.softmax(x[0])
            return p.sparseCategoricalCrossEntropy(labels: y[0]) + K.sum(K.square(p), axis: -1)
        }
        #expect(check.worstError < 1e-7)
    }
}
