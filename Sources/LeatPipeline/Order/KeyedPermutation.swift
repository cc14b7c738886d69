import LeatCore

/// A random order of 0 ..< `count` that takes no memory: any of its numbers is computed when it is asked for.
///
/// A Feistel network of 12 rounds over the fewest bits that hold the numbers. A result outside of them is put through
/// again until it is within ("cycle walking", Black and Rogaway, "Ciphers with arbitrary finite domains"), which takes
/// fewer than two passes on average.
public struct KeyedPermutation: Sendable, Hashable {
    private static let rounds = 12

    /// How many numbers are permuted.
    public let count: Int
    private let lowBits: UInt64
    private let lowMask: UInt64
    private let highMask: UInt64
    private let keys: SIMD2<UInt64>

    /// The order that belongs to a seed and a stream: an epoch, for one.
    public init(count: Int, seed: UInt64, stream: UInt64 = 0) {
        self.count = count
        let bits = UInt64(max(2, Int.bitWidth - max(count - 1, 0).leadingZeroBitCount))
        lowBits = bits - bits / 2
        lowMask = 1 << lowBits - 1
        highMask = 1 << (bits / 2) - 1
        var random = PhiloxGenerator(seed: seed ^ 0x7065_726D_7574_6521, stream: stream)
        keys = SIMD2(random.next(), random.next())
    }

    /// The number at a position.
    public subscript(position: Int) -> Int {
        precondition((0..<count).contains(position), "Position \(position) is not within an order of \(count) numbers.")
        var value = UInt64(position)
        repeat { value = encrypted(value) } while value >= UInt64(count)
        return Int(value)
    }

    private func encrypted(_ value: UInt64) -> UInt64 {
        var high = value >> lowBits
        var low = value & lowMask
        var round: UInt64 = 0
        while round < Self.rounds {
            high ^= hash(low, round) & highMask
            low ^= hash(high, round + 1) & lowMask
            round += 2
        }
        return high << lowBits | low
    }

    /// The finishing steps of Stafford's mix 13 on half of the number, the key and the round.
    private func hash(_ half: UInt64, _ round: UInt64) -> UInt64 {
        var bits = (half ^ keys.x) &* 0x9E37_79B9_7F4A_7C15 &+ keys.y &* (2 &* round &+ 1)
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
