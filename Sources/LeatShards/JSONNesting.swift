/// How deep arrays and objects lie in each other in a text of JSON, told before anybody parses it.
///
/// Foundation's parser allows 512, and traps (Swift 6.3) where a text ends with the bracket that is one too many.
enum JSONNesting {
    /// Deeper than any index, with room for what later writers may add.
    static let limit = 64

    /// Whether nothing in the text lies deeper than `limit`; false as well for a text that is not UTF-8, which Foundation
    /// would recognize by its zeros and read otherwise.
    static func isWithinLimit(_ text: [UInt8]) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            switch byte {
            case 0: return false
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = isInString
            case UInt8(ascii: "\""): isInString.toggle()
            case _ where isInString: break
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                if depth > limit { return false }
            case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
            default: break
            }
        }
        return true
    }
}
