import ArgumentParser

/// A number of bytes on the command line: `67108864`, `512KB`, `64MB`, `1.5GB`; units are powers of 1024.
struct ByteCount: ExpressibleByArgument, Hashable {
    var bytes: Int

    init(_ bytes: Int) { self.bytes = bytes }

    init?(argument: String) {
        let text = argument.lowercased()
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let units: [Substring: Double] = [
            "": 1, "b": 1, "kb": 0x1p10, "kib": 0x1p10, "mb": 0x1p20, "mib": 0x1p20, "gb": 0x1p30, "gib": 0x1p30,
        ]
        guard let number = Double(digits), let unit = units[text.dropFirst(digits.count)] else { return nil }
        guard number * unit >= 1, number * unit < 0x1p62 else { return nil }
        bytes = Int(number * unit)
    }

    var defaultValueDescription: String { description }
}

extension ByteCount: CustomStringConvertible {
    /// The number in the largest unit of which there is one or more, to a tenth.
    var description: String {
        for (unit, name) in [(1 << 30, "GB"), (1 << 20, "MB"), (1 << 10, "KB")] where bytes >= unit {
            let tenths = (Double(bytes) / Double(unit) * 10).rounded()
            return (tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)") + name
        }
        return "\(bytes)B"
    }
}
