/// JSON that is written as Python's `json.dumps(…, sort_keys=True)` writes it.
enum PythonJSON {
    case null
    case int(Int)
    case string(String)
    case array([PythonJSON])
    case object([String: PythonJSON])

    /// The text: keys in the order of their code points, ", " and ": " between the parts, ASCII only.
    var text: String {
        switch self {
        case .null: "null"
        case .int(let number): String(number)
        case .string(let string): Self.quoted(string)
        case .array(let elements): "[" + elements.map(\.text).joined(separator: ", ") + "]"
        case .object(let fields):
            "{"
                + fields.sorted { precedes($0.key, $1.key) }
                .map { Self.quoted($0.key) + ": " + $0.value.text }
                .joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ string: String) -> String {
        var text = "\""
        for unit in string.utf16 {
            switch unit {
            case 0x22: text += "\\\""
            case 0x5C: text += "\\\\"
            case 0x08: text += "\\b"
            case 0x09: text += "\\t"
            case 0x0A: text += "\\n"
            case 0x0C: text += "\\f"
            case 0x0D: text += "\\r"
            case 0x20...0x7F: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            default:
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return text + "\""
    }
}

/// Python's order of strings, by code points, which is that of their UTF-8 bytes and not Swift's.
func precedes(_ a: String, _ b: String) -> Bool { a.utf8.lexicographicallyPrecedes(b.utf8) }
