import CLeatKernels
import LeatCore
import Testing

/// A mask of random bits, with as much memory as kernels may read.
struct Mask {
    let bits: [Bool]
    let bytes: GuardedArray<UInt8>

    init(count: Int, _ numbers: inout Numbers) {
        bits = (0..<count).map { _ in numbers.next() < 0.6 }
        bytes = GuardedArray(count: Int(leat_mask_bytes(Int64(count))), filledWith: 0)
        for (index, bit) in bits.enumerated() where bit { bytes.elements[index / 8] |= 1 << (index % 8) }
    }
}

extension Kernels {
    @Suite struct Dropouts {
        @Test(arguments: [1, 5, 64, 67, 100_003]) func masksFollowPhilox(_ count: Int) {
            var seed: UInt64 = 0x1234_5678_9ABC_DEF0
            var step: UInt64 = 77
            let bytes = Int(leat_mask_bytes(Int64(count)))
            for rate in [0, 0.25, 0.5, 0.9] {
                let philox = Philox(seed: seed, stream: 5 | step << 32)
                let expected = (0..<count).map { index in
                    let word = philox.block(UInt64(index / 64 * 16 + index % 16))[index / 16 % 4]
                    return Double(word >> 8) * 0x1p-24 >= rate
                }
                forEachInstructionSet { isa in
                    for threads in 1...3 {
                        let mask = GuardedArray<UInt8>(count: bytes, filledWith: 0xAA)
                        let result = withUnsafePointer(to: &seed) { seed in
                            withUnsafePointer(to: &step) { step in
                                // The pointers are read when the step runs, so it runs here.
                                run(Float.self, threads: threads) {
                                    leat_add_dropout_mask($0, Int64(count), rate, 5, seed, step, mask.elements)
                                }
                            }
                        }
                        let found = (0..<count).map { mask.elements[$0 / 8] >> ($0 % 8) & 1 == 1 }
                        #expect(result?.status == LEAT_OK && found == expected, "\(isa), \(threads) threads")
                    }
                }
            }
        }

        private func checkMasked<T: Real>(_: T.Type, _ count: Int) {
            var numbers = Numbers(UInt64(count))
            let x = GuardedArray<T>(numbers.array(count))
            let y = GuardedArray<T>(outputOf: count)
            let mask = Mask(count: count, &numbers)
            let expected = x.doubles.enumerated().map { mask.bits[$0] ? $1 * 1.25 : 0 }
            check("masked \(count)", [Output(array: y, expected: expected)]) {
                leat_add_masked($0, Int64(count), mask.bytes.elements, 1.25, x.elements, y.elements)
            }
            let output = GuardedArray<T>(numbers.array(count, in: 0...1.25))
            for kind in [LEAT_RELU, LEAT_SIGMOID, LEAT_TANH] {
                let expected = x.doubles.enumerated().map { index, dy in
                    let slope = referenceGradient(kind, output: Double(output.elements[index]) / 1.25)
                    return mask.bits[index] ? dy * 1.25 * slope : 0
                }
                let gradient = Output(array: y, expected: expected, absolute: 4 * T.unit)
                check("masked gradient \(kind.rawValue) of \(count)", [gradient]) {
                    leat_add_activation_gradient(
                        $0, kind, Int64(count), output.elements, x.elements, mask.bytes.elements, 1.25, y.elements)
                }
            }
        }

        @Test func maskedElementsAreZeroAndTheRestScaled() {
            for count in oddSizes + [40_001] {
                checkMasked(Float.self, count)
                checkMasked(Double.self, count)
            }
        }
    }
}
