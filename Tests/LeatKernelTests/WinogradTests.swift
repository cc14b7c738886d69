import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Winograd {
        /// Tails of vectors, tiles and blocks, images smaller than a tile, both paddings and other ones, odd batches.
        static let shapes: [leat_conv] = [
            leat_conv(batch: 1, size: (6, 6), channels: 16, filters: 16, kernel: (3, 3)),
            leat_conv(batch: 1, size: (30, 31), channels: 33, filters: 65, kernel: (3, 3), same: true),
            leat_conv(batch: 7, size: (4, 4), channels: 64, filters: 20, kernel: (3, 3), same: true),
            leat_conv(batch: 5, size: (9, 10), channels: 31, filters: 16, kernel: (3, 3)),
            leat_conv(batch: 3, size: (13, 9), channels: 17, filters: 47, kernel: (3, 3), same: true),
            leat_conv(batch: 2, size: (25, 7), channels: 63, filters: 32, kernel: (3, 3)),
            leat_conv(batch: 29, size: (5, 5), channels: 32, filters: 33, kernel: (3, 3)),
            leat_conv(batch: 1, size: (18, 14), channels: 130, filters: 100, kernel: (3, 3), same: true),
            leat_conv(batch: 17, size: (14, 14), channels: 16, filters: 32, kernel: (3, 3), same: true),
            leat_conv(batch: 2, size: (3, 3), channels: 5, filters: 3, kernel: (3, 3)),
            leat_conv(batch: 3, size: (1, 2), channels: 16, filters: 80, kernel: (3, 3), same: true),
            padded(top: 2, left: 0), padded(top: 0, left: 2), padded(top: 1, left: 0),
        ]

        /// A padding that Keras has no name for: as much below and to the right as is left of two.
        static func padded(top: Int64, left: Int64) -> leat_conv {
            var g = leat_conv(batch: 3, size: (11, 12), channels: 18, filters: 24, kernel: (3, 3), same: true)
            (g.pad_top, g.pad_left) = (top, left)
            return g
        }

        private func using<R>(_ use: leat_winograd_use, _ body: () -> R) -> R {
            let before = (leat_winograd_select(use), leat_onednn_enable(false))
            defer { _ = (leat_winograd_select(before.0), leat_onednn_enable(before.1)) }
            return body()
        }

        @Test(arguments: shapes.indices) func matchesTheReference(_ index: Int) {
            using(LEAT_WINOGRAD_WHEREVER_IT_CAN) {
                Convolutions.checkAll(Float.self, Self.shapes[index], seed: UInt64(index), slack: 4)
                Convolutions.checkAll(Double.self, Self.shapes[index], seed: UInt64(index), slack: 4)
            }
        }

        /// The same numbers by the other kernels have other bits, so these shapes were not left to them.
        @Test(arguments: shapes.indices) func isWhatRuns(_ index: Int) {
            var g = Self.shapes[index]
            var numbers = Numbers(UInt64(index))
            let x: [Float] = numbers.array(g.inputCount)
            let w: [Float] = numbers.array(g.filterCount)
            let dy: [Float] = numbers.array(g.outputCount)
            func results() -> [[Float]] {
                let y = GuardedArray<Float>(outputOf: g.outputCount)
                let dx = GuardedArray<Float>(outputOf: g.inputCount)
                let dw = GuardedArray<Float>(outputOf: g.filterCount)
                let result = run(Float.self, threads: 1) {
                    leat_add_conv($0, &g, LEAT_LINEAR, x, w, nil, y.elements)
                        && leat_add_conv_data_gradient($0, &g, dy, w, LEAT_LINEAR, nil, dx.elements)
                        && leat_add_conv_filter_gradient($0, &g, x, dy, dw.elements, nil)
                }
                #expect(result?.status == LEAT_OK)
                return [y.values, dx.values, dw.values]
            }
            let own = using(LEAT_WINOGRAD_NEVER) { results() }
            let winograd = using(LEAT_WINOGRAD_WHEREVER_IT_CAN) { results() }
            for (a, b) in zip(own, winograd) {
                let same = a == b
                #expect(!same)
            }
        }

        /// Pooling while results are in registers has the bits of pooling them afterwards, ties and NaN included.
        @Test(arguments: shapes.indices) func poolsAsMaxPoolingDoes(_ index: Int) {
            var g = Self.shapes[index]
            var pool = leat_pool2d()
            (pool.batch, pool.height, pool.width, pool.channels) = (g.batch, g.out_height, g.out_width, g.filters)
            (pool.pool_height, pool.pool_width, pool.stride_y, pool.stride_x) = (2, 2, 2, 2)
            (pool.out_height, pool.out_width) = (g.out_height / 2, g.out_width / 2)
            let count = Int(pool.batch * pool.out_height * pool.out_width * pool.channels)
            guard count > 0 else { return }
            var numbers = Numbers(UInt64(index))
            var images: [Float] = numbers.array(g.inputCount)
            // One image is empty, so that its windows are ties, and one pixel is no number.
            for i in 0..<g.inputCount / Int(g.batch) where g.batch > 1 { images[i] = 0 }
            images[images.count - 1] = .nan
            let (x, w) = (GuardedArray(images), GuardedArray<Float>(numbers.array(g.filterCount)))
            let bias = GuardedArray<Float>(numbers.array(Int(g.filters)))
            for activation in [LEAT_LINEAR, LEAT_RELU, LEAT_TANH] {
                forEachInstructionSet { isa in
                    func results(threads: Int, fused: Bool) -> (y: [UInt64], chosen: [UInt16]) {
                        let whole = GuardedArray<Float>(outputOf: g.outputCount)
                        let y = GuardedArray<Float>(outputOf: count)
                        let chosen = GuardedArray<UInt16>(count: count, filledWith: 77)
                        let result = using(LEAT_WINOGRAD_WHEREVER_IT_CAN) {
                            run(Float.self, threads: threads) {
                                guard !fused else {
                                    return leat_conv_pools(LEAT_FLOAT32, &g, &pool)
                                        && leat_add_conv_max_pool(
                                            $0, &g, activation, x.elements, w.elements, bias.elements, &pool,
                                            y.elements, chosen.elements)
                                }
                                return leat_add_conv(
                                    $0, &g, activation, x.elements, w.elements, bias.elements, whole.elements)
                                    && leat_add_max_pool($0, &pool, whole.elements, y.elements, chosen.elements)
                            }
                        }
                        #expect(result?.status == LEAT_OK)
                        return (y.values.map { $0.isNaN ? .max : $0.bits }, chosen.values)
                    }
                    let expected = results(threads: 1, fused: false)
                    for threads in 1...2 {
                        let found = results(threads: threads, fused: true)
                        let isSame = found == expected
                        #expect(isSame, "\(activation), instruction set \(isa), \(threads) threads")
                    }
                }
            }
        }

        @Test func otherWindowsArePooledAfterwards() {
            var g = leat_conv(batch: 4, size: (33, 33), channels: 64, filters: 64, kernel: (3, 3))
            func pool(size: Int64 = 2, stride: Int64 = 2, padding: Int64 = 0, out: Int64 = 15) -> leat_pool2d {
                leat_pool2d(
                    batch: 4, height: 31, width: 31, channels: 64, out_height: out, out_width: out, pool_height: size,
                    pool_width: size, stride_y: stride, stride_x: stride, pad_top: padding, pad_left: padding)
            }
            var usual = pool()
            #expect(leat_conv_pools(LEAT_FLOAT32, &g, &usual))
            for var other in [pool(size: 3), pool(stride: 1, out: 30), pool(padding: 1), pool(out: 16)] {
                #expect(!leat_conv_pools(LEAT_FLOAT32, &g, &other))
            }
            #expect(!using(LEAT_WINOGRAD_NEVER) { leat_conv_pools(LEAT_FLOAT32, &g, &usual) })
        }

        /// The root of the mean squared error, against the largest result, stays near that of a sum in order.
        @Test(arguments: [16, 64, 256]) func losesFewDigits(_ channels: Int) {
            var g = leat_conv(batch: 2, size: (12, 12), channels: channels, filters: 32, kernel: (3, 3), same: true)
            var numbers = Numbers(UInt64(channels))
            let x: [Float] = numbers.array(g.inputCount, in: -1...1).map { max($0, 0) }
            let w: [Float] = numbers.array(g.filterCount, in: -0.1...0.1)
            let dy: [Float] = numbers.array(g.outputCount)
            var expected = [g.outputCount, g.inputCount, g.filterCount].map { [Double](repeating: 0, count: $0) }
            ConvolutionReference(g: g).forEachTerm { i, k, o in
                expected[0][o] += Double(x[i]) * Double(w[k])
                expected[1][i] += Double(dy[o]) * Double(w[k])
                expected[2][k] += Double(x[i]) * Double(dy[o])
            }
            let results = expected.map { GuardedArray<Float>(outputOf: $0.count) }
            let result = using(LEAT_WINOGRAD_WHEREVER_IT_CAN) {
                run(Float.self, threads: 2) {
                    leat_add_conv($0, &g, LEAT_LINEAR, x, w, nil, results[0].elements)
                        && leat_add_conv_data_gradient($0, &g, dy, w, LEAT_LINEAR, nil, results[1].elements)
                        && leat_add_conv_filter_gradient($0, &g, x, dy, results[2].elements, nil)
                }
            }
            #expect(result?.status == LEAT_OK)
            for (array, wish) in zip(results, expected) {
                let errors = zip(array.doubles, wish).map { ($0 - $1).magnitude }
                let largest = wish.map(\.magnitude).max() ?? 0
                let square = errors.map { $0 * $0 }.reduce(0, +) / Double(errors.count)
                #expect((errors.max() ?? 0) < 1e-5 * largest)
                #expect(square.squareRoot() < 1e-6 * largest)
            }
        }

        @Test func reluKeepsNaN() {
            using(LEAT_WINOGRAD_WHEREVER_IT_CAN) {
                var g = leat_conv(batch: 4, size: (9, 9), channels: 16, filters: 16, kernel: (3, 3))
                let x = GuardedArray<Float>(count: g.inputCount, filledWith: 1)
                let w = GuardedArray<Float>(count: g.filterCount, filledWith: .nan)
                let y = GuardedArray<Float>(outputOf: g.outputCount)
                let allNaN = [Double](repeating: .nan, count: g.outputCount)
                let zeros = [Float](repeating: 0, count: g.outputCount)
                check("Winograd convolution of NaN", [Output(array: y, expected: allNaN, initial: zeros)]) {
                    leat_add_conv($0, &g, LEAT_RELU, x.elements, w.elements, nil, y.elements)
                }
            }
        }
    }
}
