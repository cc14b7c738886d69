import LeatCore

/// The order in which an epoch visits the numbers 0 ..< `count`: a pure function of count, seed and epoch.
///
/// Computed before any worker is asked, so that the number and the kind of workers can't change it. A shuffled order
/// is a Fisher–Yates shuffle fed by the Philox stream of (seed, epoch); each of the `count`! orders is equally likely.
public struct BatchOrder: Sendable, Hashable {
    /// How many numbers are visited.
    public let count: Int
    private let permutation: [Int]?

    /// The order 0, 1, 2, … of a source.
    public init(count: Int) {
        self.count = count
        permutation = nil
    }

    /// The shuffled order of one epoch.
    public init(count: Int, shuffledBy seed: UInt64, epoch: Int) {
        self.count = count
        var permutation = Array(0..<count)
        var random = PhiloxGenerator(seed: seed, stream: Self.stream(epoch))
        for last in stride(from: count - 1, to: 0, by: -1) {
            // The upper half of the product is uniform in 0 ... last up to a bias of 2⁻⁶⁴ · count (Lemire 2019).
            let chosen = Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high)
            permutation.swapAt(last, chosen)
        }
        self.permutation = permutation
    }

    /// An order of a source whose end is not known.
    static let endless = BatchOrder(count: .max)

    /// Keeps the numbers of orders apart from those of dropout and augmentation under the same seed.
    private static func stream(_ epoch: Int) -> UInt64 {
        0x6F72_6465_0000_0000 ^ UInt64(bitPattern: Int64(epoch))
    }
}

extension BatchOrder: RandomAccessCollection {
    /// The first position.
    public var startIndex: Int { 0 }
    /// The position after the last.
    public var endIndex: Int { count }
    /// The number visited at a position.
    public subscript(position: Int) -> Int {
        precondition((0..<count).contains(position), "Position \(position) is not within an order of \(count) numbers.")
        return permutation?[position] ?? position
    }
}
