/// The random numbers of NumPy's `default_rng(seed)`, bit for bit, as far as MosaicML Streaming draws them.
///
/// PCG64 (O'Neill, "PCG: A family of simple fast space-efficient statistically good algorithms for random number
/// generation", the variant XSL-RR 128/64) seeded by NumPy's SeedSequence. NumPy promises no stream for ever; what is
/// here is that of versions 1.17 to 2.4, pinned by golden vectors.
struct NumPyGenerator: Sendable {
    private static let multiplier = UInt128(0x2360_ED05_1FC6_5DA4) << 64 | 0x4385_DF64_9FCC_F645

    private var state: UInt128
    private let increment: UInt128
    /// The upper half of the last number that was drawn for 32 bits: the next 32 bits, whatever is drawn between.
    private var half: UInt32 = 0
    private var hasHalf = false

    /// The generator of `default_rng(seed + addend)`.
    init(seed: UInt64, plus addend: Int = 0) {
        let words = SeedSequence(UInt128(seed) + UInt128(addend.magnitude)).state
        increment = (UInt128(words[2]) << 64 | UInt128(words[3])) << 1 | 1
        state = increment &+ (UInt128(words[0]) << 64 | UInt128(words[1]))
        _ = next()
    }

    /// 64 bits.
    mutating func next() -> UInt64 {
        state = state &* Self.multiplier &+ increment
        let high = UInt64(truncatingIfNeeded: state >> 64)
        let folded = high ^ UInt64(truncatingIfNeeded: state)
        let turn = high >> 58
        return folded &>> turn | folded &<< (0 &- turn)
    }

    /// 32 bits.
    mutating func next32() -> UInt32 {
        if hasHalf {
            hasHalf = false
            return half
        }
        let bits = next()
        half = UInt32(truncatingIfNeeded: bits >> 32)
        hasHalf = true
        return UInt32(truncatingIfNeeded: bits)
    }

    /// NumPy's `uniform(low, high)`.
    mutating func uniform(_ low: Double, _ high: Double) -> Double {
        low + (high - low) * (Double(next() >> 11) * 0x1p-53)
    }

    /// NumPy's `integers(low, high)` of a range that is not empty and shorter than 2³².
    mutating func integer(in range: Range<Int>) -> Int { range.lowerBound + Int(bounded(UInt32(range.count - 1))) }

    /// A number up to `last` by multiplying (Lemire, "Fast random integer generation in an interval").
    private mutating func bounded(_ last: UInt32) -> UInt32 {
        if last == 0 { return 0 }
        if last == .max { return next32() }
        let count = last + 1
        var product = UInt64(next32()) * UInt64(count)
        if UInt32(truncatingIfNeeded: product) < count {
            let threshold = (UInt32.max - last) % count
            while UInt32(truncatingIfNeeded: product) < threshold { product = UInt64(next32()) * UInt64(count) }
        }
        return UInt32(truncatingIfNeeded: product >> 32)
    }
}

// MARK: Shuffles

extension NumPyGenerator {
    /// NumPy's `shuffle` of at most 2³² elements.
    mutating func shuffle<Element>(_ elements: UnsafeMutableBufferPointer<Element>) {
        var last = UInt32(truncatingIfNeeded: max(elements.count - 1, 0))
        // Numbers beyond the last are drawn again, from as few bits as hold it.
        while last > 0 {
            let mask = UInt32.max >> UInt32(last.leadingZeroBitCount)
            var chosen = next32() & mask
            while chosen > last { chosen = next32() & mask }
            elements.swapAt(Int(last), Int(chosen))
            last -= 1
        }
    }

    /// NumPy's `shuffle` of a part of an array.
    mutating func shuffle<Element>(_ elements: inout [Element], in range: Range<Int>) {
        elements.withUnsafeMutableBufferPointer { shuffle(UnsafeMutableBufferPointer(rebasing: $0[range])) }
    }

    /// NumPy's `permutation(count)`.
    mutating func permutation(_ count: Int) -> [UInt32] {
        var numbers = Array(0..<UInt32(count))
        shuffle(&numbers, in: 0..<count)
        return numbers
    }

    /// NumPy's `choice(population, count, replace=False)`: different numbers below `population`, at most 2³² of them.
    mutating func choice(_ population: Int, _ count: Int) -> [UInt32] {
        if population > 10_000, count > population / 50 {
            var numbers = Array(0..<UInt32(population))
            exchange(&numbers, downTo: max(population - count, 1))
            return Array(numbers[(population - count)...])
        }
        // Floyd's method, and then a shuffle.
        var chosen: Set<UInt32> = []
        var numbers: [UInt32] = []
        numbers.reserveCapacity(count)
        for last in (population - count)..<population {
            let number = bounded(UInt32(last))
            numbers.append(chosen.insert(number).inserted ? number : UInt32(last))
            if numbers[numbers.count - 1] != number { chosen.insert(UInt32(last)) }
        }
        exchange(&numbers, downTo: 1)
        return numbers
    }

    /// Exchanges each element from the last down to `first` with one of those before it or itself.
    private mutating func exchange(_ numbers: inout [UInt32], downTo first: Int) {
        for last in stride(from: numbers.count - 1, through: first, by: -1) {
            numbers.swapAt(last, Int(bounded(UInt32(last))))
        }
    }
}

/// NumPy's SeedSequence: makes well mixed words of a number that is not.
private struct SeedSequence {
    private(set) var state: [UInt64] = []

    init(_ entropy: UInt128) {
        var constant: UInt32 = 0x43B0_D7E5
        func hash(_ value: UInt32) -> UInt32 {
            var value = value ^ constant
            constant &*= 0x931E_8875
            value &*= constant
            return value ^ value >> 16
        }
        func mix(_ x: UInt32, _ y: UInt32) -> UInt32 {
            let mixed = x &* 0xCA01_F9DD &- y &* 0x4973_F715
            return mixed ^ mixed >> 16
        }
        var pool = (0..<4).map { hash(UInt32(truncatingIfNeeded: entropy >> (32 * UInt128($0)))) }
        for source in 0..<4 {
            for target in 0..<4 where source != target { pool[target] = mix(pool[target], hash(pool[source])) }
        }
        constant = 0x8B51_F9DD
        func word(_ number: Int) -> UInt64 {
            var value = pool[number % 4] ^ constant
            constant &*= 0x58F3_8DED
            value &*= constant
            return UInt64(value ^ value >> 16)
        }
        for number in 0..<4 { state.append(word(2 * number) | word(2 * number + 1) << 32) }
    }
}
