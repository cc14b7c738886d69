/// Splits comma-separated text into records and fields as RFC 4180 says, a record at a time.
///
/// Quoted fields may hold delimiters, doubled quotes and line ends. Empty lines between records are skipped.
struct CSVParser {
    private enum State {
        case fieldStart, plain, quoted, quoteInQuoted, carriageReturn
    }

    /// The number of the line on which the record begins, from 1.
    private(set) var line = 0
    /// The record's fields, one after another.
    private(set) var bytes: [UInt8] = []
    /// Where each field ends in `bytes`.
    private(set) var ends: [Int] = []

    private let source: any ByteSource
    private let delimiter: UInt8
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    private var position = 0
    private var filled = 0
    private var nextLine = 1

    /// The longest record taken, so that a forgotten quote doesn't swallow a whole file.
    private static let recordLimit = 64 << 20

    init(_ source: any ByteSource, delimiter: UInt8) throws {
        self.source = source
        self.delimiter = delimiter
        try refill()
        if buffer.prefix(filled).starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The number of fields.
    var fieldCount: Int { ends.count }

    /// Calls `body` with the number and the bytes of each field.
    func forEachField(_ body: (Int, UnsafeBufferPointer<UInt8>) throws -> Void) rethrows {
        try bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            for (index, end) in ends.enumerated() {
                try body(index, UnsafeBufferPointer(rebasing: bytes[start..<end]))
                start = end
            }
        }
    }

    /// Moves to the next record; false at the end.
    mutating func next() throws -> Bool {
        bytes.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        line = nextLine
        var state = State.fieldStart
        while true {
            if position == filled { try refill() }
            if filled == 0 { return try finish(state) }
            let byte = buffer[position]
            position += 1
            if byte == 0x0A { nextLine += 1 }
            switch state {
            case .fieldStart, .plain:
                if byte == delimiter {
                    ends.append(bytes.count)
                    state = .fieldStart
                } else if byte == 0x0A {
                    if bytes.count > (ends.last ?? 0), bytes.last == 0x0D { bytes.removeLast() }
                    if ends.isEmpty, bytes.isEmpty {
                        line = nextLine
                        state = .fieldStart
                        continue
                    }
                    ends.append(bytes.count)
                    return true
                } else if byte == 0x22, state == .fieldStart {
                    state = .quoted
                } else {
                    let start = position - 1
                    while position < filled, buffer[position] != delimiter, buffer[position] != 0x0A { position += 1 }
                    bytes.append(contentsOf: buffer[start..<position])
                    state = .plain
                }
            case .quoted:
                if byte == 0x22 { state = .quoteInQuoted } else { bytes.append(byte) }
            case .quoteInQuoted, .carriageReturn:
                if byte == 0x0A {
                    ends.append(bytes.count)
                    return true
                }
                guard state == .quoteInQuoted else { throw strayCharacter() }
                if byte == 0x22 {
                    bytes.append(byte)
                    state = .quoted
                } else if byte == delimiter {
                    ends.append(bytes.count)
                    state = .fieldStart
                } else if byte == 0x0D {
                    state = .carriageReturn
                } else {
                    throw strayCharacter()
                }
            }
            guard bytes.count <= Self.recordLimit else {
                throw FormatError(
                    .corrupt, "\(source.name) has a record of over 64 MiB from line \(line) on: is a quote left open?")
            }
        }
    }

    private mutating func finish(_ state: State) throws -> Bool {
        if state == .quoted {
            throw FormatError(.truncated, "\(source.name) ends within a quoted field that line \(line) begins.")
        }
        if state == .fieldStart, ends.isEmpty { return false }
        if state == .plain, bytes.last == 0x0D, bytes.count > (ends.last ?? 0) { bytes.removeLast() }
        ends.append(bytes.count)
        return true
    }

    private func strayCharacter() -> FormatError {
        FormatError(.corrupt, "\(source.name) has text after a closing quote in the record at line \(line).")
    }

    private mutating func refill() throws {
        position = 0
        filled = try buffer.withUnsafeMutableBytes { try source.read(into: $0) }
    }
}
