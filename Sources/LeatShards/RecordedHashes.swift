/// The digests that an index records of one file.
///
/// One of 64 bits, which is what writers record unless they are told otherwise, is kept as a number: the texts of
/// thousands of shards take longer to make and to compare than all the rest of an index.
enum RecordedHashes: Sendable, Hashable {
    case none
    case one(ShardHash, UInt64)
    /// All that is not one of 64 bits: lower-case hexadecimal digests by the name of the hash.
    case texts([String: String])

    /// The digests by the name of the hash, in upper or lower case.
    init(_ texts: [String: String]) {
        if texts.isEmpty {
            self = .none
        } else if texts.count == 1, let (name, text) = texts.first, let one = Self(name: name, digest: text.utf8) {
            self = one
        } else {
            self = .texts(texts.mapValues { $0.lowercased() })
        }
    }

    /// One digest of 64 bits; nil if it is anything else.
    init?(name: String, digest: some Collection<UInt8>) {
        guard let hash = ShardHash(rawValue: name), hash.is64Bits, let number = Self.number(digest) else { return nil }
        self = .one(hash, number)
    }

    /// The number that sixteen hexadecimal digits spell.
    private static func number(_ digits: some Collection<UInt8>) -> UInt64? {
        guard digits.count == 16 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | UInt64(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return number
    }

    /// The lower-case hexadecimal digests by the name of the hash.
    var texts: [String: String] {
        switch self {
        case .none: [:]
        case .one(let hash, let number): [hash.rawValue: ShardHash.hexadecimal(number)]
        case .texts(let texts): texts
        }
    }

    var isEmpty: Bool { self == .none }
}

extension RecordedHashes: Decodable {
    init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([String: String].self))
    }
}
