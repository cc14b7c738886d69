/// Walks through the files of a tar archive, from the first to the last.
struct TarParser {
    /// A file in the archive.
    struct Entry: Hashable {
        var name: String
        var size: Int
        /// Where its content begins in the archive.
        var offset: Int
    }

    private let source: any ByteSource
    /// How far the source has been read.
    private var position = 0
    /// Where the content of the current entry ends, and the next header begins.
    private var nextHeader = 0
    private var entry: Entry?
    private var hasEnded = false

    /// The longest name or list of attributes taken.
    private static let attributeLimit = 1 << 20

    init(_ source: any ByteSource) { self.source = source }

    /// What messages call the archive.
    var name: String { source.name }

    /// The next file; nil at the archive's end.
    ///
    /// - Throws: `FormatError` if the archive is damaged, cut short, or has a file with holes.
    mutating func next() throws -> Entry? {
        entry = nil
        var longName: String?
        var longSize: Int?
        while !hasEnded {
            try advance(to: nextHeader)
            let block = try source.prefix(TarHeader.blockByteCount)
            position += block.count
            guard !block.isEmpty else {
                throw FormatError(.truncated, "\(name) is truncated: a tar archive ends with a block of zeros.")
            }
            guard let header = try TarHeader(block, in: name) else {
                hasEnded = true
                break
            }
            try place(header.kind == .file ? longSize ?? header.size : header.size)
            switch header.kind {
            case .longName: longName = try text(header)
            case .attributes:
                let attributes = try TarAttributes(try content(header), in: name)
                longName = attributes.path ?? longName
                longSize = attributes.size ?? longSize
            case .globalAttributes: _ = try TarAttributes(try content(header), in: name)
            case .longLink: break
            case .sparse:
                throw FormatError(.unsupported, "'\(header.name)' in \(name) is a file with holes, which isn't read.")
            case .other, .unknown:
                longName = nil
                longSize = nil
            case .file:
                let found = Entry(name: longName ?? header.name, size: longSize ?? header.size, offset: position)
                entry = found
                return found
            }
        }
        return nil
    }

    /// The content of the file that `next` gave last.
    ///
    /// - Throws: `FormatError` if the archive is damaged or cut short.
    mutating func content() throws -> [UInt8] {
        guard let entry, position == entry.offset else { return [] }
        let bytes = try source.bytes(entry.size, of: "'\(entry.name)'")
        position += bytes.count
        return bytes
    }

    private mutating func place(_ size: Int) throws {
        let (end, overflow) = position.addingReportingOverflow(size)
        guard !overflow, end <= Int.max - TarHeader.blockByteCount else {
            throw FormatError(.corrupt, "\(name) is damaged: a header states a size of \(size) bytes.")
        }
        nextHeader = (end + TarHeader.blockByteCount - 1) / TarHeader.blockByteCount * TarHeader.blockByteCount
    }

    private mutating func advance(to target: Int) throws {
        let skipped = try source.skip(target - position)
        guard skipped == target - position else {
            throw FormatError(
                .truncated,
                "\(name) is truncated: \(target - position - skipped) bytes are missing\(entry.map { " of '\($0.name)'" } ?? "")."
            )
        }
        position = target
    }

    private mutating func content(_ header: TarHeader) throws -> [UInt8] {
        guard header.size <= Self.attributeLimit else {
            throw FormatError(.corrupt, "\(name) is damaged: it claims a name or attributes of \(header.size) bytes.")
        }
        let bytes = try source.bytes(header.size, of: "a header")
        position += bytes.count
        return bytes
    }

    private mutating func text(_ header: TarHeader) throws -> String {
        String(decoding: try content(header).prefix { $0 != 0 }, as: UTF8.self)
    }
}

/// POSIX' attributes of an entry: those that change its name or size.
struct TarAttributes: Hashable {
    var path: String?
    var size: Int?

    /// Reads lines of a length, a blank, a name, `=` and a value.
    ///
    /// - Throws: `FormatError` if they are none.
    init(_ bytes: [UInt8], in archive: String) throws {
        let damage = FormatError(.corrupt, "\(archive) is damaged: an entry's attributes make no sense.")
        var rest = bytes[...]
        while let first = rest.first, first != 0 {
            guard let blank = rest.prefix(20).firstIndex(of: 0x20),
                let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
                length > blank + 1 - rest.startIndex, length <= rest.count
            else { throw damage }
            let line = rest[(blank + 1)..<rest.startIndex + length]
            guard line.last == 0x0A, let equals = line.firstIndex(of: 0x3D) else { throw damage }
            let value = String(decoding: line[(equals + 1)...].dropLast(), as: UTF8.self)
            switch String(decoding: line[..<equals], as: UTF8.self) {
            case "path": path = value
            case "size":
                guard let number = Int(value), number >= 0 else { throw damage }
                size = number
            case let name where name.hasPrefix("GNU.sparse"):
                throw FormatError(.unsupported, "\(archive) has a file with holes, which isn't read.")
            default: break
            }
            rest = rest.dropFirst(length)
        }
    }
}
