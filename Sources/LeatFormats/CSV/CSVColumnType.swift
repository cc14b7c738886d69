/// What a column of a CSV file turns out to hold.
///
/// All whole numbers: `int64`. All numbers: `float64`. A missing value is NaN, so it makes a column of whole numbers
/// `float64`. Anything else is text; so are whole numbers too large for the number type, which would lose digits.
struct CSVColumnType {
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
    mutating func include(_ field: ArraySlice<UInt8>) {
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
    static func integer(_ field: ArraySlice<UInt8>) -> Int64? {
        let isSigned = field.first == 0x2D || field.first == 0x2B
        let digits = field.dropFirst(isSigned ? 1 : 0)
        guard !digits.isEmpty else { return nil }
        var value: Int64 = 0
        for digit in digits {
            guard digit >= 0x30, digit <= 0x39 else { return nil }
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, carry) = shifted.subtractingReportingOverflow(Int64(digit - 0x30))
            guard !overflow, !carry else { return nil }
            value = next
        }
        // Counted downwards, because the smallest number has no positive twin.
        if field.first == 0x2D { return value }
        return value == .min ? nil : -value
    }

    /// The number that the field holds, if it is one; hexadecimal notation is not.
    static func float(_ field: ArraySlice<UInt8>) -> Double? {
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

    static func trimmed(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var field = field
        while field.first == 0x20 || field.first == 0x09 { field = field.dropFirst() }
        while field.last == 0x20 || field.last == 0x09 { field = field.dropLast() }
        return field
    }

    private static func isIntegerLike(_ field: ArraySlice<UInt8>) -> Bool {
        field.dropFirst(field.first == 0x2D || field.first == 0x2B ? 1 : 0).allSatisfy { (0x30...0x39).contains($0) }
    }
}
