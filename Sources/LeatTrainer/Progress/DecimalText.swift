#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Numbers as C's `printf` writes them, which is how Python does and so what Keras prints.
package enum DecimalText {
    /// `%.4f`, or `%.4e` up to a thousandth.
    static func metric(_ value: Double) -> String {
        // NaN compares false and prints alike in both forms.
        abs(value) > 1e-3 ? fixed(value, digits: 4) : format("%.4e", [value])
    }

    /// `%<width>.<digits>f`.
    package static func fixed(_ value: Double, digits: Int, width: Int = 0) -> String {
        format("%\(width).\(digits)f", [value])
    }

    /// The number in at least `width` characters, filled up on the left with blanks or zeros.
    static func padded(_ value: Int, width: Int, with fill: Character = " ") -> String {
        let digits = String(value)
        return String(repeating: fill, count: max(0, width - digits.count)) + digits
    }

    private static func format(_ format: String, _ arguments: [any CVarArg]) -> String {
        withVaList(arguments) { list in
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
                let count = vsnprintf(buffer.baseAddress, buffer.count, format, list)
                let used = buffer.prefix(max(0, min(Int(count), buffer.count - 1)))
                return String(decoding: used.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            }
        }
    }
}
