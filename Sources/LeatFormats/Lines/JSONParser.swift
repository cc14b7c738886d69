/// A value of JSON.
///
/// Numbers keep whether they are whole; objects keep their order, and their text for those who want it as it is.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([JSONValue])
    case object([(name: String, value: JSONValue)], text: String)

    static func == (a: JSONValue, b: JSONValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.integer(let a), .integer(let b)): a == b
        case (.number(let a), .number(let b)): a == b
        case (.text(let a), .text(let b)): a == b
        case (.list(let a), .list(let b)): a == b
        case (.object(let a, _), .object(let b, _)):
            a.elementsEqual(b) { $0.name == $1.name && $0.value == $1.value }
        default: false
        }
    }
}

/// Reads one value of JSON (RFC 8259) from bytes; `NaN` and infinities, which Python writes, are numbers, too.
struct JSONParser {
    /// What is wrong, and at which byte.
    struct Malformed: Error, Hashable {
        var reason: String
        var position: Int
    }

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0

    /// How deeply lists and objects may be nested.
    private static let depthLimit = 64

    private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The value that the bytes are, with nothing but blanks around it.
    static func parse(_ bytes: [UInt8]) throws(Malformed) -> JSONValue {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(Malformed) -> JSONValue in
                var parser = JSONParser(buffer)
                let value = try parser.value()
                parser.skipBlanks()
                guard parser.position == buffer.count else { throw parser.malformed("something follows the value") }
                return value
            }
        }
        return try result.get()
    }

    private func malformed(_ reason: String) -> Malformed { Malformed(reason: reason, position: position) }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func value() throws(Malformed) -> JSONValue {
        skipBlanks()
        guard let byte = next else { throw malformed("a value is missing") }
        switch byte {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "["): return try nested { parser throws(Malformed) in .list(try parser.list()) }
        case UInt8(ascii: "{"): return try nested { parser throws(Malformed) in try parser.object() }
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default:
            let words: [(String, JSONValue)] = [
                ("null", .null), ("true", .bool(true)), ("false", .bool(false)), ("NaN", .number(.nan)),
                ("Infinity", .number(.infinity)),
            ]
            for (word, value) in words where bytes[position...].starts(with: word.utf8) {
                position += word.utf8.count
                return value
            }
            throw malformed("no value begins so")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(Malformed) -> JSONValue
    ) throws(Malformed) -> JSONValue {
        guard depth < Self.depthLimit else { throw malformed("values are nested too deeply") }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func list() throws(Malformed) -> [JSONValue] {
        position += 1
        var values: [JSONValue] = []
        skipBlanks()
        if take("]") { return values }
        while true {
            values.append(try value())
            skipBlanks()
            if take("]") { return values }
            guard take(",") else { throw malformed("a list's ',' or ']' is missing") }
        }
    }

    private mutating func object() throws(Malformed) -> JSONValue {
        let start = position
        position += 1
        var members: [(name: String, value: JSONValue)] = []
        skipBlanks()
        var isOpen = !take("}")
        while isOpen {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw malformed("an object's name is missing") }
            let name = try text()
            skipBlanks()
            guard take(":") else { throw malformed("an object's ':' is missing") }
            members.append((name, try value()))
            skipBlanks()
            if take("}") {
                isOpen = false
            } else if !take(",") {
                throw malformed("an object's ',' or '}' is missing")
            }
        }
        let text = UnsafeBufferPointer(rebasing: bytes[start..<position])
        return .object(members, text: String(decoding: text, as: UTF8.self))
    }

    private mutating func number() throws(Malformed) -> JSONValue {
        let start = position
        if take("-"), bytes[position...].starts(with: "Infinity".utf8) {
            position += 8
            return .number(-.infinity)
        }
        var isWhole = true
        while let byte = next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                isWhole = false
            default:
                return try number(UnsafeBufferPointer(rebasing: bytes[start..<position]), isWhole)
            }
            position += 1
        }
        return try number(UnsafeBufferPointer(rebasing: bytes[start..<position]), isWhole)
    }

    private func number(_ digits: UnsafeBufferPointer<UInt8>, _ isWhole: Bool) throws(Malformed) -> JSONValue {
        if isWhole, let value = CSVColumnType.integer(digits) { return .integer(value) }
        guard let last = digits.last, (0x30...0x39).contains(last), let value = CSVColumnType.float(digits) else {
            throw malformed("a number is malformed")
        }
        return .number(value)
    }

    private mutating func text() throws(Malformed) -> String {
        position += 1
        let start = position
        // Most texts have no escapes and are taken as they are.
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        var content = Array(bytes[start..<position])
        while true {
            guard let byte = next, byte >= 0x20 else { throw malformed("a text is not closed") }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") { try escape(&content) } else { content.append(byte) }
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw malformed("a text is not UTF-8") }
        return text
    }

    private mutating func escape(_ content: inout [UInt8]) throws(Malformed) {
        guard let byte = next else { throw malformed("a text is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            var code = try hexadecimal()
            if 0xD800..<0xDC00 ~= code, bytes[position...].starts(with: "\\u".utf8) {
                position += 2
                let low = try hexadecimal()
                guard 0xDC00..<0xE000 ~= low else { throw malformed("half a surrogate pair") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw malformed("half a surrogate pair") }
            content += Array(String(scalar).utf8)
        default: throw malformed("an unknown escape")
        }
    }

    private mutating func hexadecimal() throws(Malformed) -> UInt32 {
        guard bytes.count - position >= 4 else { throw malformed("a text is not closed") }
        let digits = bytes[position..<position + 4]
        var code: UInt32 = 0
        for digit in digits {
            guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else { throw malformed("no hexadecimal") }
            code = code << 4 | UInt32(value)
        }
        position += 4
        return code
    }
}
