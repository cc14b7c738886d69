import LeatPipeline

/// Reads the records of a TFRecord file one after another and checks their checksums.
///
/// A record is its length in 8 bytes, the masked CRC-32C of these, its content, and the masked CRC-32C of that.
struct TFRecordParser {
    /// Bytes of the length and its checksum.
    static let headByteCount = 12
    /// Bytes of the checksum behind a record.
    static let tailByteCount = 4
    /// The longest record taken.
    static let recordLimit = 1 << 31

    /// The records that have been read.
    private(set) var count = 0
    /// Where the next record begins.
    private(set) var position = 0

    private let source: any ByteSource

    init(_ source: any ByteSource) { self.source = source }

    /// The next record; nil at the end.
    ///
    /// - Throws: `FormatError` if the file is cut short or a checksum is wrong.
    mutating func next() throws -> [UInt8]? {
        guard let length = try nextLength() else { return nil }
        let record = try source.bytes(length, of: "record \(count)")
        let tail = try source.bytes(Self.tailByteCount, of: "the checksum of record \(count)")
        try Self.check(record, tail, name: "record \(count) of \(source.name)")
        advance(length)
        return record
    }

    /// Passes over the next record without looking at its content; where that begins and its length, nil at the end.
    ///
    /// - Throws: `FormatError` if the file is cut short or the length's checksum is wrong.
    mutating func skip() throws -> (offset: Int, length: Int)? {
        guard let length = try nextLength() else { return nil }
        let rest = length + Self.tailByteCount
        guard try source.skip(rest) == rest else {
            throw FormatError(.truncated, "\(source.name) is truncated: it ends within record \(count).")
        }
        defer { advance(length) }
        return (position + Self.headByteCount, length)
    }

    private mutating func advance(_ length: Int) {
        position += Self.headByteCount + length + Self.tailByteCount
        count += 1
    }

    private func nextLength() throws -> Int? {
        let head = try source.prefix(Self.headByteCount)
        if head.isEmpty { return nil }
        guard head.count == Self.headByteCount else {
            throw FormatError(.truncated, "\(source.name) is truncated: it ends within the length of record \(count).")
        }
        guard let length = Self.length(head) else {
            throw FormatError(
                count == 0 ? .wrongFormat : .corrupt,
                "\(source.name) is damaged, or no TFRecord file: the checksum of record \(count)'s length is wrong.")
        }
        guard length <= Self.recordLimit else {
            throw FormatError(.unsupported, "\(source.name) has a record of \(length) bytes; 2 GiB are the most.")
        }
        return Int(length)
    }

    /// The length that a record's first 12 bytes state; nil if they don't fit their checksum.
    static func length(_ head: [UInt8]) -> UInt64? {
        guard head.count == headByteCount, maskedChecksum(head.prefix(8)) == number(head.suffix(4)) else { return nil }
        return head.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Checks a record's content.
    ///
    /// - Throws: `FormatError` if it doesn't fit the checksum behind it.
    static func check(_ record: [UInt8], _ tail: [UInt8], name: @autoclosure () -> String) throws {
        guard maskedChecksum(record) == number(tail[...]) else {
            throw FormatError(.corrupt, "The \(name()) is damaged: its checksum is wrong.")
        }
    }

    /// TFRecord's checksum: CRC-32C, turned and shifted so that checksums of checksums are no trouble.
    static func maskedChecksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let sum = CRC32C.checksum(bytes)
        return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
