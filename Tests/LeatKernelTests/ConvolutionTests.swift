import CLeatKernels
import Testing

/// A convolution's three results in double precision, by the definition.
struct ConvolutionReference {
    let g: leat_conv

    /// Calls `body` with the indices of x, w and y for every product in the convolution.
    func forEachTerm(_ body: (Int, Int, Int) -> Void) {
        let (channels, filters) = (Int(g.channels), Int(g.filters))
        for image in 0..<Int(g.batch) {
            for oy in 0..<Int(g.out_height) {
                for ox in 0..<Int(g.out_width) {
                    let pixel = (image * Int(g.out_height) + oy) * Int(g.out_width) + ox
                    for ky in 0..<Int(g.kernel_height) {
                        for kx in 0..<Int(g.kernel_width) {
                            let y = oy * Int(g.stride_y) - Int(g.pad_top) + ky * Int(g.dilation_y)
                            let x = ox * Int(g.stride_x) - Int(g.pad_left) + kx * Int(g.dilation_x)
                            guard (0..<Int(g.height)).contains(y), (0..<Int(g.width)).contains(x) else { continue }
                            let from = ((image * Int(g.height) + y) * Int(g.width) + x) * channels
                            let tap = (ky * Int(g.kernel_width) + kx) * channels
                            for c in 0..<channels {
                                for f in 0..<filters { body(from + c, (tap + c) * filters + f, pixel * filters + f) }
                            }
                        }
                    }
                }
            }
        }
    }
}

extension leat_conv {
    var inputCount: Int { Int(batch * height * width * channels) }
    var outputCount: Int { Int(batch * out_height * out_width * filters) }
    var filterCount: Int { Int(kernel_height * kernel_width * channels * filters) }

    /// Padding as "valid" or "same" in Keras.
    init(
        batch: Int, size: (Int, Int), channels: Int, filters: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1),
        dilation: (Int, Int) = (1, 1), same: Bool = false
    ) {
        func axis(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) -> (out: Int, pad: Int) {
            let reach = (kernel - 1) * dilation + 1
            let out = same ? (size + stride - 1) / stride : (size - reach) / stride + 1
            return (out, same ? max(0, (out - 1) * stride + reach - size) / 2 : 0)
        }
        let rows = axis(size.0, kernel.0, stride.0, dilation.0)
        let columns = axis(size.1, kernel.1, stride.1, dilation.1)
        self.init(
            batch: Int64(batch), height: Int64(size.0), width: Int64(size.1), channels: Int64(channels),
            out_height: Int64(rows.out), out_width: Int64(columns.out), filters: Int64(filters),
            kernel_height: Int64(kernel.0), kernel_width: Int64(kernel.1), stride_y: Int64(stride.0),
            stride_x: Int64(stride.1), dilation_y: Int64(dilation.0), dilation_x: Int64(dilation.1),
            pad_top: Int64(rows.pad), pad_left: Int64(columns.pad))
    }
}

extension Kernels {
    @Suite struct Convolutions {
        static let shapes: [leat_conv] = [
            leat_conv(batch: 1, size: (1, 1), channels: 1, filters: 1, kernel: (1, 1)),
            leat_conv(batch: 2, size: (5, 7), channels: 3, filters: 4, kernel: (3, 3)),
            leat_conv(batch: 3, size: (9, 8), channels: 1, filters: 17, kernel: (3, 2), same: true),
            leat_conv(batch: 5, size: (8, 9), channels: 16, filters: 16, kernel: (3, 3), stride: (2, 2), same: true),
            leat_conv(batch: 2, size: (11, 10), channels: 5, filters: 33, kernel: (3, 3), dilation: (2, 3)),
            leat_conv(batch: 9, size: (6, 6), channels: 33, filters: 15, kernel: (5, 5), same: true),
            leat_conv(batch: 13, size: (7, 5), channels: 17, filters: 31, kernel: (2, 3), stride: (3, 1)),
            leat_conv(batch: 4, size: (1, 30), channels: 8, filters: 24, kernel: (1, 3)),
            leat_conv(batch: 4, size: (12, 12), channels: 2, filters: 3, kernel: (2, 2), stride: (5, 4)),
            leat_conv(batch: 3, size: (1, 3), channels: 4, filters: 5, kernel: (1, 3), dilation: (1, 5), same: true),
            leat_conv(batch: 17, size: (14, 14), channels: 16, filters: 32, kernel: (3, 3), same: true),
        ]

        /// Small images with few channels: every batch size around the slices, both paddings, strides, dilations.
        static func fewChannels(batch: Int) -> [leat_conv] {
            let forms: [(kernel: (Int, Int), stride: (Int, Int), dilation: (Int, Int))] = [
                ((3, 3), (1, 1), (1, 1)), ((1, 1), (1, 1), (1, 1)), ((5, 3), (2, 1), (1, 1)),
                ((3, 5), (2, 3), (1, 1)), ((3, 3), (1, 1), (2, 2)), ((3, 1), (1, 1), (3, 1)),
            ]
            return [false, true].flatMap { same in
                (1...3).flatMap { channels in
                    forms.enumerated().map { index, form in
                        leat_conv(
                            batch: batch, size: (8, 7), channels: channels,
                            filters: [16, 7, 1, 8][(index + batch) % 4],
                            kernel: form.kernel, stride: form.stride, dilation: form.dilation, same: same)
                    }
                }
            }
        }

        /// All three results and their epilogues; `slack` widens the bounds of what is rounded more often.
        static func checkAll<T: Real>(_: T.Type, _ shape: leat_conv, seed: UInt64, slack: Double = 1) {
            var g = shape
            var numbers = Numbers(seed)
            let x = GuardedArray<T>(numbers.array(g.inputCount))
            let w = GuardedArray<T>(numbers.array(g.filterCount))
            let bias = GuardedArray<T>(numbers.array(Int(g.filters)))
            let dy = GuardedArray<T>(numbers.array(g.outputCount))
            let (xs, ws, dys) = (x.doubles, w.doubles, dy.doubles)
            var y = [Double](repeating: 0, count: g.outputCount)
            var dx = [Double](repeating: 0, count: g.inputCount)
            var dw = [Double](repeating: 0, count: g.filterCount)
            var db = [Double](repeating: 0, count: Int(g.filters))
            ConvolutionReference(g: g).forEachTerm { i, k, o in
                y[o] += xs[i] * ws[k]
                dx[i] += dys[o] * ws[k]
                dw[k] += xs[i] * dys[o]
            }
            for (index, value) in dys.enumerated() { db[index % Int(g.filters)] += value }

            func output(_ array: GuardedArray<T>, _ expected: [Double], terms: Int) -> Output<T> {
                Output(array: array, expected: expected, absolute: slack * T.unit * (24 + Double(terms) / 2))
            }
            let taps = Int(g.kernel_height * g.kernel_width * g.channels)
            let pixels = Int(g.batch * g.out_height * g.out_width)
            let result = GuardedArray<T>(outputOf: g.outputCount)
            for activation in [LEAT_LINEAR, LEAT_RELU, LEAT_TANH] {
                for biased in [false, true] {
                    let expected = y.enumerated().map { index, value in
                        reference(activation, value + (biased ? Double(bias.elements[index % Int(g.filters)]) : 0))
                    }
                    check("convolution \(g)", [output(result, expected, terms: taps)]) {
                        leat_add_conv(
                            $0, &g, activation, x.elements, w.elements, biased ? bias.elements : nil, result.elements)
                    }
                }
            }
            let dataTerms = taps * Int(g.filters) / Int(g.channels)
            let data = GuardedArray<T>(outputOf: g.inputCount)
            check("data gradient \(g)", [output(data, dx, terms: dataTerms)]) {
                leat_add_conv_data_gradient($0, &g, dy.elements, w.elements, LEAT_LINEAR, nil, data.elements)
            }
            for activation in [LEAT_RELU, LEAT_TANH] {
                let expected = zip(dx, xs).map { gradient, output in
                    gradient * (activation == LEAT_TANH ? 1 - output * output : output > 0 ? 1 : 0)
                }
                check("data gradient and epilogue \(g)", [output(data, expected, terms: dataTerms)]) {
                    leat_add_conv_data_gradient(
                        $0, &g, dy.elements, w.elements, activation, x.elements, data.elements)
                }
            }
            let filters = GuardedArray<T>(outputOf: g.filterCount)
            let biases = GuardedArray<T>(outputOf: Int(g.filters))
            let both = [output(filters, dw, terms: pixels), output(biases, db, terms: pixels)]
            check("filter gradient \(g)", both) {
                leat_add_conv_filter_gradient($0, &g, x.elements, dy.elements, filters.elements, biases.elements)
            }
            check("filter gradient without bias \(g)", [both[0]]) {
                leat_add_conv_filter_gradient($0, &g, x.elements, dy.elements, filters.elements, nil)
            }
        }

        @Test(arguments: [false, true]) func reluKeepsNaN(_ onednn: Bool) {
            let before = leat_onednn_enable(onednn)
            defer { _ = leat_onednn_enable(before) }
            var g = leat_conv(batch: 4, size: (5, 5), channels: 16, filters: 16, kernel: (3, 3))
            let x = GuardedArray<Float>(count: g.inputCount, filledWith: 1)
            let w = GuardedArray<Float>(count: g.filterCount, filledWith: .nan)
            let y = GuardedArray<Float>(outputOf: g.outputCount)
            let allNaN = [Double](repeating: .nan, count: g.outputCount)
            let zeros = [Float](repeating: 0, count: g.outputCount)
            check("convolution of NaN", [Output(array: y, expected: allNaN, initial: zeros)]) {
                leat_add_conv($0, &g, LEAT_RELU, x.elements, w.elements, nil, y.elements)
            }
        }

        @Test(arguments: shapes.indices) func ownKernelsMatchTheReference(_ index: Int) {
            let before = (leat_onednn_enable(false), leat_winograd_select(LEAT_WINOGRAD_NEVER))
            defer { _ = (leat_onednn_enable(before.0), leat_winograd_select(before.1)) }
            Self.checkAll(Float.self, Self.shapes[index], seed: UInt64(index))
            Self.checkAll(Double.self, Self.shapes[index], seed: UInt64(index))
        }

        @Test(.enabled(if: leat_has_onednn()), arguments: shapes.indices)
        func oneDNNMatchesTheReference(_ index: Int) {
            let before = (leat_onednn_enable(true), leat_winograd_select(LEAT_WINOGRAD_NEVER))
            defer { _ = (leat_onednn_enable(before.0), leat_winograd_select(before.1)) }
            Self.checkAll(Float.self, Self.shapes[index], seed: UInt64(index))
        }

        @Test(arguments: [false, true], 1...9)
        func fewChannelsMatchTheReferenceAtEveryBatchSize(_ onednn: Bool, _ batch: Int) {
            let before = leat_onednn_enable(onednn)
            defer { _ = leat_onednn_enable(before) }
            for (index, shape) in Self.fewChannels(batch: batch).enumerated() {
                Self.checkAll(Float.self, shape, seed: UInt64(batch * 100 + index))
            }
        }
    }
}
