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

    /// Where a generator stands.
    struct Mark: Sendable {
        fileprivate let state: UInt128
        fileprivate let half: UInt32
        fileprivate let hasHalf: Bool
    }

    /// Where it stands: at the same mark the same generator draws the same numbers.
    var mark: Mark {
        get { Mark(state: state, half: half, hasHalf: hasHalf) }
        set { (state, half, hasHalf) = (newValue.state, newValue.half, newValue.hasHalf) }
    }

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
        return Self.output(of: state)
    }

    private static func output(of state: UInt128) -> UInt64 {
        let high = UInt64(truncatingIfNeeded: state >> 64)
        let folded = high ^ UInt64(truncatingIfNeeded: state)
        let turn = high >> 58
        return folded &>> turn | folded &<< (0 &- turn)
    }

    /// Goes on as after so many calls of `next()`, in as many steps as their number has bits.
    mutating func skip(_ count: Int) {
        // n steps are one step with other constants: these are squared for each bit, and applied for those set.
        var (factor, addend) = (Self.multiplier, increment)
        var rest = count
        while rest > 0 {
            if rest & 1 == 1 { state = state &* factor &+ addend }
            addend = (factor &+ 1) &* addend
            factor = factor &* factor
            rest >>= 1
        }
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
    mutating func uniform(_ low: Double, _ high: Double) -> Double { Self.uniform(next(), low, high) }

    /// The next numbers of NumPy's `uniform(low, high)`, which are not taken from the generator.
    @inline(__always) func forEachUniform(
        _ low: Double, _ high: Double, count: Int, _ body: (_ index: Int, _ number: Double) -> Void
    ) {
        // Every second number for itself, so that a step need not wait for the one before.
        let factor = Self.multiplier &* Self.multiplier
        let addend = (Self.multiplier &+ 1) &* increment
        var even = state &* Self.multiplier &+ increment
        var odd = state &* factor &+ addend
        var index = 0
        while index < count - 1 {
            body(index, Self.uniform(Self.output(of: even), low, high))
            body(index + 1, Self.uniform(Self.output(of: odd), low, high))
            even = even &* factor &+ addend
            odd = odd &* factor &+ addend
            index += 2
        }
        if index < count { body(index, Self.uniform(Self.output(of: even), low, high)) }
    }

    @inline(__always) private static func uniform(_ bits: UInt64, _ low: Double, _ high: Double) -> Double {
        low + (high - low) * (Double(Int64(bitPattern: bits >> 11)) * 0x1p-53)
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
        drawExchanges(elements.count) { elements.swapAt($0, $1) }
    }

    /// Goes on as after the shuffle of so many elements.
    mutating func skipShuffle(_ count: Int) { drawExchanges(count) { _, _ in } }

    /// Draws for each element, from the last on, the one before it with which it is exchanged, or itself.
    ///
    /// Numbers beyond the element are drawn again, from as few bits as hold it. So many are that a branch would be
    /// mispredicted every few draws: each draw is an exchange, an element's with itself where it is void.
    @inline(__always) private mutating func drawExchanges(
        _ count: Int, _ exchange: (_ last: Int, _ chosen: Int) -> Void
    ) {
        var last = count - 1
        func draw(_ bits: UInt64, _ mask: Int) {
            let distance = Int(truncatingIfNeeded: bits) & mask &- last
            // All ones for a number that counts, in arithmetic that stays arithmetic in machine code.
            let counts = (distance &- 1) >> 63
            exchange(last, last &+ (distance & counts))
            last &+= counts
        }
        while last > 0 {
            let mask = Int(bitPattern: UInt.max >> UInt(last.leadingZeroBitCount))
            let least = mask >> 1 + 1
            if hasHalf || last == least {
                draw(UInt64(next32()), mask)
            } else {
                // Both halves of a number serve elements of this mask: for as long as it takes at least to pass them.
                for _ in 0...(last - least - 1) / 2 {
                    let bits = next()
                    draw(bits, mask)
                    draw(bits >> 32, mask)
                }
            }
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
