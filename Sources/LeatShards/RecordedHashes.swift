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
        } else if texts.count == 1, let (name, text) = texts.first, let hash = ShardHash(rawValue: name),
            hash.is64Bits, let number = Array(text.utf8).withUnsafeBufferPointer({ Self.number($0) })
        {
            self = .one(hash, number)
        } else {
            self = .texts(texts.mapValues { $0.lowercased() })
        }
    }

    /// The number that sixteen hexadecimal digits spell; nil if they are not that.
    static func number(_ digits: UnsafeBufferPointer<UInt8>) -> UInt64? {
        guard digits.count == 16 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            let lowered = digit | 0x20
            guard 0x30...0x39 ~= digit || 0x61...0x66 ~= lowered else { return nil }
            number = number << 4 | UInt64((digit & 15) + (digit >> 6) * 9)
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
