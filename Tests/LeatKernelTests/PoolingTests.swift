import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Pooling {
        static let shapes: [leat_pool2d] = [
            leat_pool2d(
                batch: 2, height: 6, width: 8, channels: 3, out_height: 3, out_width: 4, pool_height: 2, pool_width: 2,
                stride_y: 2, stride_x: 2, pad_top: 0, pad_left: 0),
            leat_pool2d(
                batch: 3, height: 7, width: 7, channels: 17, out_height: 4, out_width: 4, pool_height: 3, pool_width: 3,
                stride_y: 2, stride_x: 2, pad_top: 1, pad_left: 1),
            leat_pool2d(
                batch: 1, height: 5, width: 9, channels: 33, out_height: 3, out_width: 9, pool_height: 3, pool_width: 4,
                stride_y: 1, stride_x: 1, pad_top: 0, pad_left: 1),
            leat_pool2d(
                batch: 5, height: 7, width: 5, channels: 16, out_height: 1, out_width: 1, pool_height: 7, pool_width: 5,
                stride_y: 7, stride_x: 5, pad_top: 0, pad_left: 0),
            leat_pool2d(
                batch: 33, height: 20, width: 20, channels: 31, out_height: 9, out_width: 9, pool_height: 2,
                pool_width: 2, stride_y: 2, stride_x: 2, pad_top: 0, pad_left: 0),
        ]

        private func checkPool<T: Real>(_: T.Type, _ shape: leat_pool2d) {
            var g = shape
            let (channels, outputs) = (Int(g.channels), Int(g.batch * g.out_height * g.out_width * g.channels))
            var numbers = Numbers(3)
            // Whole numbers, so that there are ties.
            let values = (numbers.array(Int(g.batch * g.height * g.width) * channels, in: -4...4) as [T]).map {
                $0.rounded()
            }
            let x = GuardedArray<T>(values)
            let dy = GuardedArray<T>(numbers.array(outputs))
            var best = [Double](repeating: -.infinity, count: outputs)
            var winners = [UInt16](repeating: 0, count: outputs)
            var from = [Int](repeating: 0, count: outputs)
            for output in 0..<outputs {
                let (pixel, channel) = (output / channels, output % channels)
                let (ox, rest) = (pixel % Int(g.out_width), pixel / Int(g.out_width))
                let (oy, image) = (rest % Int(g.out_height), rest / Int(g.out_height))
                for position in 0..<Int(g.pool_height * g.pool_width) {
                    let y = oy * Int(g.stride_y) - Int(g.pad_top) + position / Int(g.pool_width)
                    let column = ox * Int(g.stride_x) - Int(g.pad_left) + position % Int(g.pool_width)
                    guard (0..<Int(g.height)).contains(y), (0..<Int(g.width)).contains(column) else { continue }
                    let index = ((image * Int(g.height) + y) * Int(g.width) + column) * channels + channel
                    if Double(values[index]) > best[output] {
                        (best[output], winners[output], from[output]) = (Double(values[index]), UInt16(position), index)
                    }
                }
            }
            let y = GuardedArray<T>(outputOf: outputs)
            let chosen = GuardedArray<UInt16>(count: outputs, filledWith: .max)
            check("pooling", [Output(array: y, expected: best, relative: 0)]) {
                leat_add_max_pool($0, &g, x.elements, y.elements, chosen.elements)
            }
            #expect(chosen.values == winners)
            let gradients = dy.doubles
            let relu = GuardedArray<T>(best.map { T($0) })
            for masked in [false, true] {
                var dx = [Double](repeating: 0, count: x.count)
                for output in 0..<outputs where !masked || best[output] > 0 { dx[from[output]] += gradients[output] }
                let result = GuardedArray<T>(outputOf: x.count)
                check("pooling gradient", [Output(array: result, expected: dx, absolute: 4 * T.unit)]) {
                    leat_add_max_pool_gradient(
                        $0, &g, dy.elements, chosen.elements, masked ? relu.elements : nil, result.elements)
                }
            }
        }

        @Test(arguments: shapes.indices) func maxPoolingMatchesTheReference(_ index: Int) {
            checkPool(Float.self, Self.shapes[index])
            checkPool(Double.self, Self.shapes[index])
        }
    }
}
