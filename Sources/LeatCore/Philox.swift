/// Counter-based random numbers: any number of any stream in O(1), the same on every machine and thread.
///
/// Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC11). The seed is
/// the key, the stream fills the upper half of the 128-bit counter and the block index the lower half.
public struct Philox: Sendable, Hashable {
    /// Selects the family of streams.
    public let seed: UInt64
    /// Selects one of 2⁶⁴ independent streams.
    public let stream: UInt64

    /// The numbers of one stream under one seed.
    public init(seed: UInt64, stream: UInt64 = 0) {
        self.seed = seed
        self.stream = stream
    }

    /// Four random words, a pure function of seed, stream and counter.
    public func block(_ counter: UInt64) -> SIMD4<UInt32> {
        var x0 = UInt32(truncatingIfNeeded: counter)
        var x1 = UInt32(truncatingIfNeeded: counter >> 32)
        var x2 = UInt32(truncatingIfNeeded: stream)
        var x3 = UInt32(truncatingIfNeeded: stream >> 32)
        var key0 = UInt32(truncatingIfNeeded: seed)
        var key1 = UInt32(truncatingIfNeeded: seed >> 32)
        for _ in 0..<10 {
            let a = UInt32(0xD251_1F53).multipliedFullWidth(by: x0)
            let b = UInt32(0xCD9E_8D57).multipliedFullWidth(by: x2)
            (x0, x1, x2, x3) = (b.high ^ x1 ^ key0, b.low, a.high ^ x3 ^ key1, a.low)
            key0 &+= 0x9E37_79B9
            key1 &+= 0xBB67_AE85
        }
        return SIMD4(x0, x1, x2, x3)
    }
}

/// A generator that walks one Philox stream, for Swift's `shuffle`, `random(in:using:)` and the like.
public struct PhiloxGenerator: RandomNumberGenerator, Sendable {
    private let philox: Philox
    private var counter: UInt64
    private var pending: UInt64?

    /// Starts at the given block of the stream (seed, stream).
    public init(seed: UInt64, stream: UInt64 = 0, counter: UInt64 = 0) {
        philox = Philox(seed: seed, stream: stream)
        self.counter = counter
    }

    /// The next 64 bits; a block of the stream serves two calls.
    public mutating func next() -> UInt64 {
        if let value = pending {
            pending = nil
            return value
        }
        let block = philox.block(counter)
        counter &+= 1
        pending = UInt64(block.z) | UInt64(block.w) << 32
        return UInt64(block.x) | UInt64(block.y) << 32
    }

    /// A uniform number in [0, 1) with 53 random bits.
    public mutating func nextUniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}
