import LeatCore

/// A vector of texts of fixed width, NumPy's `<U…` and `|S…`, read a block at a time.
public final class TextArrayReader: ColumnReader {
    /// The number of texts.
    public let count: Int
    /// Text.
    public var kind: ColumnKind { .text }
    /// The number of texts that have been read.
    public private(set) var position = 0

    private let source: any ByteSource
    private let element: NpyHeader.Element

    private static let mostEmptyTexts = 1 << 20
    /// The largest text that is reserved for before its bytes have come, where they must be decompressed first.
    private static let trustedByteCount = 16 << 20

    init(source: any ByteSource, header: NpyHeader, consumed: Int) throws {
        guard header.shape.rank == 1 else {
            throw FormatError(
                .unsupported, "\(source.name) holds texts in the shape \(header.shape); a list of texts has one axis.")
        }
        count = header.shape[0]
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: header.element.byteCount)
        if let total = source.byteCount, overflow || total - consumed != byteCount {
            throw FormatError(
                total - consumed < byteCount || overflow ? .truncated : .corrupt,
                "\(source.name) should have \(count) texts of \(header.element.byteCount) bytes and has "
                    + "\(total - consumed) bytes.")
        }
        let width = header.element.byteCount
        // Texts of no width take no bytes, so that no file's size bears out how many a header claims.
        guard width > 0 || count <= Self.mostEmptyTexts else {
            throw FormatError(.corrupt, "\(source.name) claims \(count) texts without any characters.")
        }
        guard source.isBacked || width <= Self.trustedByteCount else {
            throw FormatError(
                .unsupported, "\(source.name) claims texts of \(width) bytes; \(Self.trustedByteCount) are the most.")
        }
        self.source = source
        element = header.element
    }

    /// The next `limit` texts; fewer where the array ends.
    ///
    /// - Throws: `FormatError` if the file can't be read, ends early or is damaged.
    public func read(_ limit: Int) throws -> Column { .text(try texts(limit)) }

    /// The next `limit` texts as an array; fewer where the array ends.
    ///
    /// - Throws: `FormatError` if the file can't be read, ends early or is damaged.
    public func texts(_ limit: Int) throws -> [String] {
        let rowCount = min(max(limit, 0), count - position)
        var texts: [String] = []
        for _ in 0..<rowCount {
            let bytes = try source.prefix(element.byteCount)
            guard bytes.count == element.byteCount else {
                throw FormatError(.truncated, "\(source.name) is truncated: it ends within its text \(position).")
            }
            texts.append(try decode(bytes))
            position += 1
        }
        if position == count, rowCount > 0 { try source.expectEnd(after: "its \(count) texts") }
        return texts
    }

    private func decode(_ bytes: [UInt8]) throws -> String {
        let text: String?
        if case .unicode(let width, let isBigEndian) = element {
            let scalars = (0..<width).map { index in
                let word = bytes[4 * index..<4 * index + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
                return isBigEndian ? word.byteSwapped : word
            }
            text = String(validating: scalars[..<Self.end(of: scalars)], as: UTF32.self)
        } else {
            text = String(validating: bytes[..<Self.end(of: bytes)], as: UTF8.self)
        }
        guard let text else { throw FormatError(.corrupt, "\(source.name) has no valid text at position \(position).") }
        return text
    }

    private static func end(of units: [some BinaryInteger]) -> Int { (units.lastIndex { $0 != 0 } ?? -1) + 1 }
}
