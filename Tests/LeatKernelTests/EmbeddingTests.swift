import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Embeddings {
        private func indices(_ count: Int, _ rows: Int, seed: UInt64) -> GuardedArray<Int32> {
            var numbers = Numbers(seed)
            return GuardedArray((0..<count).map { _ in Int32(numbers.next() * Double(rows)) })
        }

        private func checkEmbedding<T: Real>(_: T.Type, count: Int, rows: Int, width: Int) {
            let indices = indices(count, rows, seed: UInt64(count + rows + width))
            var numbers = Numbers(3)
            let table = GuardedArray<T>(numbers.array(rows * width))
            let dy = GuardedArray<T>(numbers.array(count * width))
            let (y, dtable) = (GuardedArray<T>(outputOf: count * width), GuardedArray<T>(outputOf: rows * width))
            var (expected, sums) = ([Double](), [Double](repeating: 0, count: rows * width))
            let (tableValues, gradients) = (table.doubles, dy.doubles)
            for (place, index) in indices.values.enumerated() {
                let row = Int(index) * width
                expected += tableValues[row..<row + width]
                for column in 0..<width { sums[row + column] += gradients[place * width + column] }
            }
            check("\(count) of \(rows)×\(width)", [Output(array: y, expected: expected, relative: 0)]) {
                leat_add_embedding(
                    $0, Int64(count), Int64(rows), Int64(width), indices.elements, table.elements, y.elements)
            }
            let output = Output(
                array: dtable, expected: sums, relative: 0, absolute: T.unit * Double(8 + count / rows))
            check("gradient of \(count) of \(rows)×\(width)", [output]) {
                leat_add_embedding_gradient(
                    $0, Int64(count), Int64(rows), Int64(width), indices.elements, dy.elements, dtable.elements)
            }
        }

        @Test func rowsAndTheirGradientsMatchTheReference() {
            for (count, rows) in [(0, 3), (1, 1), (40, 5), (300, 300), (7, 5000), (9000, 3), (2500, 2048)] {
                let width = [1, 3, 16, 17, 65][(count + rows) % 5]
                checkEmbedding(Float.self, count: count, rows: rows, width: width)
                checkEmbedding(Double.self, count: count, rows: rows, width: width)
            }
        }

        @Test(arguments: [-1, 5, .max, .min] as [Int32]) func anIndexOutOfRangeEndsTheRun(index: Int32) {
            let indices = GuardedArray<Int32>([0, 4, index, index])
            let (table, y) = (GuardedArray<Float>(.init(repeating: 1, count: 10)), GuardedArray<Float>(outputOf: 8))
            for threads in 1...2 {
                let result = run(Float.self, threads: threads) {
                    leat_add_embedding($0, 4, 5, 2, indices.elements, table.elements, y.elements)
                }
                #expect(result?.status == LEAT_INDEX_OUT_OF_RANGE)
                #expect(result?.row == 2 && result?.value == Double(index) && result?.limit == 5)
            }
        }

        @Test func realsBecomeIndicesIfTheyAreWhole() {
            let y = GuardedArray<Int32>(count: 3, filledWith: -7)
            let fine = GuardedArray<Double>([0, 2_147_483_647, 16_777_217])
            let result = run(Double.self, threads: 1) { leat_add_indices($0, 3, fine.elements, y.elements) }
            #expect(result?.status == LEAT_OK)
            #expect(y.values == [0, 2_147_483_647, 16_777_217])
            for odd in [0.5, -1, 2_147_483_648, .nan, .infinity] {
                let x = GuardedArray<Double>([1, odd, 2])
                let result = run(Double.self, threads: 1) { leat_add_indices($0, 3, x.elements, y.elements) }
                #expect(result?.status == LEAT_INDEX_OUT_OF_RANGE && result?.row == 1)
            }
        }

        @Test func tensorsOfAnyTypeBecomeIndices() {
            func convert<Element: BitwiseCopyable>(_ values: [Element], _ type: leat_element) -> (Int64, [Int32]) {
                var y = [Int32](repeating: -7, count: values.count)
                let odd = values.withUnsafeBytes { leat_convert_indices(type, Int64(values.count), $0.baseAddress, &y) }
                return (odd, y)
            }
            #expect(convert([0, 200] as [UInt8], LEAT_U8) == (-1, [0, 200]))
            #expect(convert([-3, 2_000_000_000] as [Int32], LEAT_I32) == (-1, [-3, 2_000_000_000]))
            #expect(convert([7, 1 << 40] as [Int64], LEAT_I64).0 == 1)
            #expect(convert([.max] as [UInt64], LEAT_U64).0 == 0)
            #expect(convert([.max] as [UInt32], LEAT_U32).0 == 0)
            #expect(convert([1, 2, 16_777_216] as [Float], LEAT_F32) == (-1, [1, 2, 16_777_216]))
            for odd in [0.5, .nan, 1e10] as [Float] { #expect(convert([1, odd], LEAT_F32).0 == 1) }
            #expect(convert([0x3C00, 0x4000] as [UInt16], LEAT_F16) == (-1, [1, 2]))
        }
    }
}
