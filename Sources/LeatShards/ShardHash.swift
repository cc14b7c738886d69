import CXXHash
import Crypto

/// A hash that Leat computes, under the name that an index records.
public enum ShardHash: String, Sendable, Hashable, CaseIterable, CustomStringConvertible {
    case md5, sha1, sha256, sha384, sha512, xxh32, xxh64, xxh128, xxh3_64, xxh3_128

    /// The name.
    public var description: String { rawValue }

    /// The hashes from the fastest to the slowest: any of them finds damage, so the first recorded one is checked.
    static let fastestFirst: [ShardHash] = [
        .xxh3_64, .xxh3_128, .xxh128, .xxh64, .xxh32, .sha1, .sha256, .md5, .sha512, .sha384,
    ]

    /// Whether a digest is a number of 64 bits.
    var is64Bits: Bool { self == .xxh64 || self == .xxh3_64 }

    /// The digest of the bytes as a number, of a hash of 64 bits.
    func number(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        self == .xxh64 ? XXH64(bytes.baseAddress, bytes.count, 0) : XXH3_64bits(bytes.baseAddress, bytes.count)
    }

    /// The lower-case hexadecimal digest of the bytes.
    public func digest(of bytes: UnsafeRawBufferPointer) -> String {
        switch self {
        case .md5: Self.hexadecimal(bytes, Insecure.MD5())
        case .sha1: Self.hexadecimal(bytes, Insecure.SHA1())
        case .sha256: Self.hexadecimal(bytes, SHA256())
        case .sha384: Self.hexadecimal(bytes, SHA384())
        case .sha512: Self.hexadecimal(bytes, SHA512())
        case .xxh32: Self.hexadecimal(XXH32(bytes.baseAddress, bytes.count, 0))
        case .xxh64, .xxh3_64: Self.hexadecimal(number(of: bytes))
        case .xxh128, .xxh3_128:
            {
                let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
                return Self.hexadecimal(hash.high64) + Self.hexadecimal(hash.low64)
            }()
        }
    }

    private static func hexadecimal(_ bytes: UnsafeRawBufferPointer, _ function: some HashFunction) -> String {
        var function = function
        function.update(bufferPointer: bytes)
        return function.finalize().map { hexadecimal($0) }.joined()
    }

    static func hexadecimal(_ number: some FixedWidthInteger) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: number.bitWidth / 4 - digits.count) + digits
    }
}
