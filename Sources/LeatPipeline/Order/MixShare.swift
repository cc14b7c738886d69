/// How much of a dataset an epoch takes that mixes it with others.
///
/// Proportions are relative: either all datasets of a mixture have one, or none.
public enum MixShare: Sendable, Hashable {
    /// All of it, once.
    case whole
    /// So much in relation to the others' proportions.
    case proportion(Double)
    /// So many times what it has; 0.5 takes half of it.
    case repeats(Double)
    /// Exactly so many.
    case choose(Int)
}

extension MixShare: CustomStringConvertible {
    /// `whole`, `proportion 0.25`, `repeats 2.0`, `choose 1000`.
    public var description: String {
        switch self {
        case .whole: "whole"
        case .proportion(let value): "proportion \(value)"
        case .repeats(let value): "repeats \(value)"
        case .choose(let count): "choose \(count)"
        }
    }
}

extension MixShare: Codable {
    private enum CodingKeys: CodingKey { case proportion, repeats, choose }

    /// Reads what `encode(to:)` writes.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if let value = try fields.decodeIfPresent(Double.self, forKey: .proportion) {
            self = .proportion(value)
        } else if let value = try fields.decodeIfPresent(Double.self, forKey: .repeats) {
            self = .repeats(value)
        } else if let count = try fields.decodeIfPresent(Int.self, forKey: .choose) {
            self = .choose(count)
        } else {
            self = .whole
        }
    }

    /// Writes an object with the share's name and value; an empty one for `whole`.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .whole: break
        case .proportion(let value): try fields.encode(value, forKey: .proportion)
        case .repeats(let value): try fields.encode(value, forKey: .repeats)
        case .choose(let count): try fields.encode(count, forKey: .choose)
        }
    }
}

extension MixShare {
    /// How many of each dataset an epoch takes, for datasets of the given sizes.
    ///
    /// Proportions are of `total`, or of the sum of all sizes; without any share but `whole`, a total is divided in
    /// proportion to the sizes. What is lost by rounding down goes to the datasets that `spare` chooses, one each.
    ///
    /// - Throws: `PipelineError` if a share makes no sense, takes from a dataset that has nothing, or does not go with
    ///   the others.
    package static func counts(
        _ shares: [MixShare], sizes: [Int], total: Int?, spare: (_ count: Int, _ fractions: [Double]) -> [Int]
    ) throws(PipelineError) -> [Int] {
        for (number, share) in shares.enumerated() {
            guard share.isSensible else {
                throw PipelineError(
                    .invalidSetting,
                    "Dataset \(number) of the mixture has the share `\(share)`; proportions and repeats are positive "
                        + "numbers, and what is chosen is a count from 0 to \(limit).")
            }
        }
        if let total, !(1...limit).contains(total) {
            throw PipelineError(.invalidSetting, "An epoch of \(total) can't be mixed; it must be from 1 to \(limit).")
        }
        let proportions = shares.compactMap { if case .proportion(let value) = $0 { value } else { nil } }
        let counts: [Int]
        if proportions.count == shares.count {
            let all = try sum(sizes)
            counts = divide(total ?? all, proportions, spare)
        } else if !proportions.isEmpty {
            throw PipelineError(
                .invalidSetting, "Either all datasets of a mixture have a proportion, or none has: these are relative.")
        } else if let total {
            guard shares.allSatisfy({ $0 == .whole }) else {
                throw PipelineError(
                    .invalidSetting, "Repeats and choices say themselves how long an epoch is; give none besides.")
            }
            counts = divide(total, sizes.map(Double.init), spare)
        } else {
            counts = zip(shares, sizes).map { share, size in
                switch share {
                case .whole, .proportion: size
                case .repeats(let times): Int(min(times * Double(size), Double(limit) + 1))
                case .choose(let count): count
                }
            }
        }
        for (number, count) in counts.enumerated() where count > 0 && sizes[number] == 0 {
            throw PipelineError(
                .emptySource, "Dataset \(number) of the mixture is empty; \(count) can't be taken from it.")
        }
        _ = try sum(counts)
        return counts
    }

    /// The most that an epoch takes: positions fit in 32 bits.
    private static var limit: Int { 1 << 31 }

    private static func sum(_ counts: [Int]) throws(PipelineError) -> Int {
        var sum = 0
        for count in counts {
            sum = sum.addingOrMax(count)
            guard sum <= limit else {
                throw PipelineError(.invalidSetting, "A mixed epoch takes at most \(limit), and these are more.")
            }
        }
        return sum
    }

    private var isSensible: Bool {
        switch self {
        case .whole: true
        case .proportion(let value), .repeats(let value): value > 0 && value < 1e300
        case .choose(let count): (0...Self.limit).contains(count)
        }
    }

    private static func divide(
        _ total: Int, _ weights: [Double], _ spare: (Int, [Double]) -> [Int]
    ) -> [Int] {
        let sum = sumAsNumPy(weights)
        guard sum > 0 else { return weights.map { _ in 0 } }
        let exact = weights.map { Double(total) * ($0 / sum) }
        var counts = exact.map { Int($0) }
        let missing = min(max(total - counts.reduce(0, +), 0), counts.count)
        for index in spare(missing, zip(exact, counts).map { $0 - Double($1) }) { counts[index] += 1 }
        return counts
    }

    /// The sum as NumPy adds up to 128 numbers: in eight strands.
    ///
    /// Its last digit may decide where a count is rounded.
    private static func sumAsNumPy(_ values: [Double]) -> Double {
        guard values.count >= 8 else { return values.reduce(0, +) }
        var strands = Array(values[0..<8])
        let whole = values.count / 8 * 8
        for index in 8..<whole { strands[index % 8] += values[index] }
        let (a, b) = (
            strands[0] + strands[1] + (strands[2] + strands[3]), strands[4] + strands[5] + (strands[6] + strands[7])
        )
        return values[whole...].reduce(a + b, +)
    }
}
