/// Splits text into lines, which end in a line feed, a carriage return and one, or with the text.
struct LineParser {
    /// The number of the line that `next` gave last, from 1.
    private(set) var line = 0
    /// What messages call the text.
    var name: String { source.name }

    private let source: any ByteSource
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var position = 0
    private var filled = 0

    /// The longest line taken.
    private static let lineLimit = 64 << 20

    init(_ source: any ByteSource) throws {
        self.source = source
        try refill()
        if buffer.prefix(filled).starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next line without its end; nil after the last.
    ///
    /// - Throws: `FormatError` if the source can't be read or a line is longer than 64 MiB.
    mutating func next() throws -> [UInt8]? {
        var bytes: [UInt8] = []
        var hasBegun = false
        while true {
            if position == filled { try refill() }
            if filled == 0 {
                guard hasBegun else { return nil }
                break
            }
            hasBegun = true
            let rest = buffer[position..<filled]
            if let end = rest.firstIndex(of: 0x0A) {
                bytes += rest[..<end]
                position = end + 1
                if bytes.last == 0x0D { bytes.removeLast() }
                break
            }
            bytes += rest
            position = filled
            guard bytes.count <= Self.lineLimit else {
                throw FormatError(.unsupported, "\(name) has a line of over 64 MiB, its line \(line + 1).")
            }
        }
        line += 1
        return bytes
    }

    private mutating func refill() throws {
        position = 0
        filled = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
    }
}

/// The lines of several files, one after another.
struct FileLines {
    private var paths: ArraySlice<String>
    private var parser: LineParser?

    init(_ paths: [String]) { self.paths = paths[...] }

    /// Where the line that `next` gave last is.
    var place: String { parser.map { "line \($0.line) of \($0.name)" } ?? "" }

    /// The next line; nil after the last.
    ///
    /// - Throws: `FormatError` if a file can't be read or a line is too long.
    mutating func next() throws -> [UInt8]? {
        while true {
            if let line = try parser?.next() { return line }
            guard let next = paths.popFirst() else { return nil }
            parser = try LineParser(try openSource(next))
        }
    }

    /// The next line as text.
    ///
    /// - Throws: `FormatError` if it is not UTF-8, too long or can't be read.
    mutating func nextText() throws -> String? {
        guard let line = try next() else { return nil }
        if let text = String(validating: line, as: UTF8.self) { return text }
        throw FormatError(.corrupt, "The \(place) is not UTF-8.")
    }
}
