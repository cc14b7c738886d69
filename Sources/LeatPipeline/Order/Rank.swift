/// Which part of every batch a program reads that trains beside others: rank `index` of `count`.
public struct Rank: Sendable, Hashable, Codable, CustomStringConvertible {
    /// The rank's number, from 0.
    public let index: Int
    /// How many ranks there are.
    public let count: Int

    /// Rank `index` of `count`; whether there is such a rank is checked where it is used.
    public init(_ index: Int, of count: Int) {
        self.index = index
        self.count = count
    }

    /// The one rank of a program that trains alone.
    public static let only = Rank(0, of: 1)

    /// `rank 0 of 1`.
    public var description: String { "rank \(index) of \(count)" }

    /// Whether the index is one of as many ranks.
    public var isValid: Bool { count > 0 && (0..<count).contains(index) }
}
