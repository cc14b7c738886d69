/// One header block of a tar archive, in the old, the POSIX or GNU's form.
struct TarHeader: Hashable {
    /// What follows the header.
    enum Kind: Hashable {
        /// A file.
        case file
        /// A folder, link or device, without content.
        case other
        /// GNU's long name of the next entry.
        case longName
        /// GNU's long link target of the next entry.
        case longLink
        /// POSIX' attributes of the next entry.
        case attributes
        /// POSIX' attributes of all entries that follow.
        case globalAttributes
        /// A file with holes, of a form of GNU's own.
        case sparse
        /// Something with content that has no meaning here.
        case unknown
    }

    /// The size of headers, and what contents are filled up to.
    static let blockByteCount = 512

    var name: String
    var size: Int
    var kind: Kind

    /// The header in a block of 512 bytes; nil for the zeros at the end of an archive.
    ///
    /// - Throws: `FormatError` if the checksum is wrong or the size is none.
    init?(_ block: [UInt8], in archive: String) throws {
        guard block.count == Self.blockByteCount else {
            throw FormatError(.truncated, "\(archive) is truncated: it ends within a header.")
        }
        if block.allSatisfy({ $0 == 0 }) { return nil }
        let stated = Self.number(block[148..<156])
        var unsigned = 8 * 0x20
        var signed = 8 * 0x20
        for (index, byte) in block.enumerated() where !(148..<156).contains(index) {
            unsigned += Int(byte)
            // Some old programs added up signed bytes.
            signed += Int(Int8(bitPattern: byte))
        }
        guard let stated, stated == unsigned || stated == signed else {
            throw FormatError(.corrupt, "\(archive) is damaged, or no tar archive: a header's checksum is wrong.")
        }
        guard let size = Self.number(block[124..<136]) else {
            throw FormatError(.corrupt, "\(archive) is damaged: a header states no size.")
        }
        let isPOSIX = block[257..<263].elementsEqual([UInt8]("ustar\0".utf8))
        let name = Self.text(block[0..<100])
        let prefix = isPOSIX ? Self.text(block[345..<500]) : ""
        self.name = prefix.isEmpty ? name : "\(prefix)/\(name)"
        self.size = size
        kind =
            switch block[156] {
            // Before there were types, a slash marked folders.
            case 0: self.name.hasSuffix("/") ? .other : .file
            case UInt8(ascii: "0"), UInt8(ascii: "7"): .file
            case UInt8(ascii: "1")...UInt8(ascii: "6"): .other
            case UInt8(ascii: "L"): .longName
            case UInt8(ascii: "K"): .longLink
            case UInt8(ascii: "x"), UInt8(ascii: "X"): .attributes
            case UInt8(ascii: "g"): .globalAttributes
            case UInt8(ascii: "S"): .sparse
            default: .unknown
            }
        if kind == .other { self.size = 0 }
    }

    /// The number in a field: octal digits between blanks and NULs, or GNU's binary form.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first & 0x80 != 0 {
            // Negative numbers begin with 0xFF; a size or checksum is none.
            guard first == 0x80, field.dropFirst().dropLast(8).allSatisfy({ $0 == 0 }) else { return nil }
            let value = field.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return Int(exactly: value)
        }
        let digits = field.drop { $0 == 0x20 || $0 == 0 }.prefix { $0 != 0x20 && $0 != 0 }
        guard digits.count <= 20, digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    /// The text in a field, up to its first NUL.
    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}
