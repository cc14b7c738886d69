import CLeatKernels
import Testing

extension Kernels {
    @Suite struct Conversion {
        private func checkConversion<Element, T: Real>(
            _ from: leat_element, _ values: [Element], _: T.Type, zero: Element, _ convert: (Element) -> T
        ) {
            forEachInstructionSet { isa in
                for count in [values.count, 1, 3, 17] where count <= values.count {
                    let x = GuardedArray<Element>(count: count, filledWith: zero)
                    for index in 0..<count { x.elements[index] = values[index] }
                    let y = GuardedArray<T>(outputOf: count)
                    leat_convert(from, T.plan, Int64(count), x.elements, y.elements)
                    let expected = values.prefix(count).map(convert)
                    let same = zip(y.values, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
                    #expect(same, "element type \(from.rawValue) to \(T.self), instruction set \(isa.rawValue)")
                }
            }
        }

        private func checkIntegers<I: FixedWidthInteger>(_ from: leat_element, _: I.Type) {
            var values: [I] = [.min, .max, 0, 1, .max / 2, .max / 3, .min / 5]
            for index in 0..<60 { values.append(I(truncatingIfNeeded: index &* 0x1234_5678_9ABC_DEF1)) }
            checkConversion(from, values, Float.self, zero: 0) { Float($0) }
            checkConversion(from, values, Double.self, zero: 0) { Double($0) }
        }

        @Test func everyIntegerTypeIsConvertedAsSwiftDoes() {
            checkIntegers(LEAT_U8, UInt8.self)
            checkIntegers(LEAT_I8, Int8.self)
            checkIntegers(LEAT_U16, UInt16.self)
            checkIntegers(LEAT_I16, Int16.self)
            checkIntegers(LEAT_U32, UInt32.self)
            checkIntegers(LEAT_I32, Int32.self)
            checkIntegers(LEAT_U64, UInt64.self)
            checkIntegers(LEAT_I64, Int64.self)
        }

        @Test func floatsAndDoublesAreRoundedOnce() {
            var numbers = Numbers(8)
            let floats: [Float] = numbers.array(70, in: -1e9...1e9) + [.nan, .infinity, 0]
            let doubles: [Double] = numbers.array(70, in: -1e9...1e9) + [.nan, .infinity, 1e300]
            checkConversion(LEAT_F32, floats, Float.self, zero: 0) { $0 }
            checkConversion(LEAT_F32, floats, Double.self, zero: 0) { Double($0) }
            checkConversion(LEAT_F64, doubles, Float.self, zero: 0) { Float($0) }
            checkConversion(LEAT_F64, doubles, Double.self, zero: 0) { $0 }
        }

        /// A half's value from its parts, by the definition.
        private func half(_ bits: UInt16) -> Double {
            let sign: Double = bits & 0x8000 == 0 ? 1 : -1
            let (exponent, mantissa) = (Int(bits >> 10 & 31), Double(bits & 0x3FF))
            if exponent == 31 { return mantissa == 0 ? sign * .infinity : .nan }
            let scale = Double(sign: .plus, exponent: max(exponent, 1) - 25, significand: 1)
            return sign * (exponent == 0 ? mantissa : mantissa + 1024) * scale
        }

        @Test func allHalvesAreExact() {
            let values = Array(UInt16.min...UInt16.max)
            checkConversion(LEAT_F16, values, Float.self, zero: 0) { Float(half($0)) }
            checkConversion(LEAT_F16, values, Double.self, zero: 0) { half($0) }
        }
    }
}
