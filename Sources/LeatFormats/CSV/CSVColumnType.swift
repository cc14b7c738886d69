/// What a column of a CSV file turns out to hold.
///
/// All whole numbers: `int64`. All numbers: `float64`. A missing value is NaN, so it makes a column of whole numbers
/// `float64`. Anything else is text; so are whole numbers too large for the number type, which would lose digits.
struct CSVColumnType {
    /// The bytes of a field.
    typealias Field = UnsafeBufferPointer<UInt8>

    enum Kind: Hashable {
        case integer, float, text
    }

    private var hasMissing = false
    private var hasValue = false
    private var hasFloat = false
    private var hasText = false
    private var isBeyondDouble = false

    var kind: Kind {
        if hasText || !hasValue || isBeyondDouble && (hasFloat || hasMissing) { return .text }
        return hasFloat || hasMissing ? .float : .integer
    }

    /// Takes a field into account.
    mutating func include(_ field: Field) {
        guard !hasText else { return }
        let trimmed = Self.trimmed(field)
        if trimmed.isEmpty {
            hasMissing = true
            return
        }
        hasValue = true
        if let value = Self.integer(trimmed) {
            if value.magnitude > 1 << 53 { isBeyondDouble = true }
        } else if !Self.isIntegerLike(trimmed), Self.float(trimmed) != nil {
            hasFloat = true
        } else {
            hasText = true
        }
    }

    /// The whole number that the field holds, if it is one.
    static func integer(_ field: Field) -> Int64? {
        guard let first = field.first else { return nil }
        let isNegative = first == 0x2D
        var index = isNegative || first == 0x2B ? 1 : 0
        guard index < field.count else { return nil }
        // Counted downwards, because the smallest number has no positive twin.
        var value: Int64 = 0
        while index < field.count {
            let digit = field[index] &- 0x30
            guard digit <= 9 else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = shifted.subtractingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { return nil }
            value = next
            index += 1
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    /// The number that the field holds, if it is one; hexadecimal notation is not.
    static func float(_ field: Field) -> Double? {
        let isNumeric = field.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x2B, 0x2D, 0x2E: true
            // e, i, n, f, t, y, a in either case, for exponents, infinity and NaN.
            case 0x65, 0x69, 0x6E, 0x66, 0x74, 0x79, 0x61, 0x45, 0x49, 0x4E, 0x46, 0x54, 0x59, 0x41: true
            default: false
            }
        }
        return isNumeric ? Double(String(decoding: field, as: UTF8.self)) : nil
    }

    /// The field without blanks and tabs around it, and without line ends if these are meant, too.
    static func trimmed(_ field: Field, alsoLineEnds: Bool = false) -> Field {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || alsoLineEnds && (byte == 0x0A || byte == 0x0D)
        }
        var range = field.startIndex..<field.endIndex
        while let first = range.first, isBlank(field[first]) { range = (first + 1)..<range.upperBound }
        while let last = range.last, isBlank(field[last]) { range = range.lowerBound..<last }
        return Field(rebasing: field[range])
    }

    private static func isIntegerLike(_ field: Field) -> Bool {
        field.dropFirst(field.first == 0x2D || field.first == 0x2B ? 1 : 0).allSatisfy { (0x30...0x39).contains($0) }
    }
}
