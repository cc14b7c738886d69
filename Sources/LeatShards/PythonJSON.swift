/// JSON that is written as Python's `json.dumps(…, sort_keys=True)` writes it.
enum PythonJSON {
    case null
    case int(Int)
    case string(String)
    case array([PythonJSON])
    /// In any order.
    case object([(key: String, value: PythonJSON)])

    /// The text: keys in the order of their code points, ", " and ": " between the parts, ASCII only.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The text's bytes.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return bytes
    }

    func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: bytes += "null".utf8
        case .int(let number): bytes += String(number).utf8
        case .string(let string): Self.quote(string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (number, element) in elements.enumerated() {
                if number > 0 { bytes += ", ".utf8 }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            for (number, field) in fields.sorted(by: { precedes($0.key, $1.key) }).enumerated() {
                if number > 0 { bytes += ", ".utf8 }
                Self.quote(field.key, to: &bytes)
                bytes += ": ".utf8
                field.value.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    static func quote(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        // Nearly all strings are as they are.
        let isPlain = string.withUTF8 { units in
            guard units.allSatisfy({ 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
            else { return false }
            bytes += units
            return true
        }
        if !isPlain { for unit in string.utf16 { escape(unit, to: &bytes) } }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ unit: UInt16, to bytes: inout [UInt8]) {
        switch unit {
        case 0x22: bytes += "\\\"".utf8
        case 0x5C: bytes += "\\\\".utf8
        case 0x08: bytes += "\\b".utf8
        case 0x09: bytes += "\\t".utf8
        case 0x0A: bytes += "\\n".utf8
        case 0x0C: bytes += "\\f".utf8
        case 0x0D: bytes += "\\r".utf8
        case 0x20...0x7E: bytes.append(UInt8(unit))
        default:
            let digits = String(unit, radix: 16)
            bytes += ("\\u" + String(repeating: "0", count: 4 - digits.count) + digits).utf8
        }
    }
}

/// Python's order of strings, by code points, which is that of their UTF-8 bytes and not Swift's.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
