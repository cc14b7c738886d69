/// How whole shard files are compressed.
public enum ShardCompression: Sendable, Hashable {
    /// Not at all.
    case none
    /// zstd at level 1 to 22; 3 where none is given.
    case zstd(level: Int? = nil)
    /// gzip at level 0 to 9; 9 where none is given.
    case gzip(level: Int? = nil)

    /// The compression with the given name, such as `zstd:3`; nil if there is none.
    public init?(name: String) {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        var level: Int?
        if parts.count == 2 {
            guard let number = Int(parts[1]) else { return nil }
            level = number
        }
        switch (parts.count, parts[0]) {
        case (1, "none"): self = .none
        case (1...2, "zstd") where 1...22 ~= level ?? 3: self = .zstd(level: level)
        case (1...2, "gz") where 0...9 ~= level ?? 9: self = .gzip(level: level)
        default: return nil
        }
    }

    /// The name in an index; nil for none.
    public var name: String? {
        switch self {
        case .none: nil
        case .zstd(let level): "zstd" + (level.map { ":\($0)" } ?? "")
        case .gzip(let level): "gz" + (level.map { ":\($0)" } ?? "")
        }
    }

    /// What is added to a file's name.
    var fileExtension: String {
        switch self {
        case .none: ""
        case .zstd: ".zstd"
        case .gzip: ".gz"
        }
    }

    /// The most bytes that a compressed file of the given size can unpack to, whatever it or the index claims.
    ///
    /// A zstd block takes 3 bytes or more and yields at most 128 KiB; deflate yields at most 1032 bytes a byte.
    func largestContent(of byteCount: Int) -> Int {
        let factor =
            switch self {
            case .none: 1
            case .zstd: 128 << 10
            case .gzip: 1032
            }
        let (product, overflow) = byteCount.multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }

    /// Unpacks the bytes of a file into `output`, which they must fill exactly.
    func unpack(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws(Malformed) {
        switch self {
        case .none:
            guard input.count == output.count else { throw Malformed("\(input.count) bytes") }
            output.copyMemory(from: input)
        case .zstd: try Zstd.unpack(input, into: output)
        case .gzip: try Gzip.unpack(input, into: output)
        }
    }

    /// Compresses the bytes; for compressions other than none.
    func pack(_ input: UnsafeRawBufferPointer) throws(Malformed) -> ShardMemory {
        switch self {
        case .none:
            let copy = try ShardMemory(byteCount: input.count)
            copy.withBytes { $0.copyMemory(from: input) }
            return copy
        case .zstd(let level): return try Zstd.pack(input, level: level ?? 3)
        case .gzip(let level): return try Gzip.pack(input, level: level ?? 9)
        }
    }
}
