import LeatCore

/// What stands before the elements of an `.npy` file: element type, order and shape.
///
/// The format is NumPy's, described in `numpy/lib/_format_impl.py`.
struct NpyHeader: Hashable {
    /// The element types that have a meaning here.
    enum Element: Hashable {
        /// Numbers; NumPy's `bool` is read as `uint8`.
        case number(DType, isBigEndian: Bool)
        /// Texts of up to `width` UTF-32 characters, filled up with NUL.
        case unicode(width: Int, isBigEndian: Bool)
        /// Byte strings of up to `width` bytes, filled up with NUL.
        case bytes(width: Int)

        /// Bytes that one element takes.
        var byteCount: Int {
            switch self {
            case .number(let dtype, _): dtype.byteCount
            case .unicode(let width, _): 4 * width
            case .bytes(let width): width
            }
        }
    }

    var element: Element
    var isFortranOrder = false
    var shape: Shape

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    /// The bytes that NumPy 2 writes for this header.
    var encoded: [UInt8] {
        let extents = shape.dimensions
        let order = isFortranOrder ? "True" : "False"
        var text = "{'descr': '\(element.description)', 'fortran_order': \(order), 'shape': \(shape), }"
        // NumPy leaves room for the growing axis to reach 21 digits.
        if let growing = isFortranOrder ? extents.last : extents.first {
            text += String(repeating: " ", count: max(0, 21 - String(growing).count))
        }
        // A long shape needs version 2, whose length field has four bytes.
        let isLong = text.utf8.count + 1 + 64 + 10 > Int(UInt16.max)
        let prefixCount = isLong ? 12 : 10
        let padding = 64 - (prefixCount + text.utf8.count + 1) % 64
        let length = text.utf8.count + padding + 1
        var bytes = Self.magic + [isLong ? 2 : 1, 0]
        for shift in stride(from: 0, to: isLong ? 32 : 16, by: 8) { bytes.append(UInt8(length >> shift & 0xFF)) }
        return bytes + Array(text.utf8) + [UInt8](repeating: 0x20, count: padding) + [0x0A]
    }

    /// Reads the header of a source that stands at its first byte.
    ///
    /// - Returns: The header and the number of bytes it took.
    /// - Throws: `FormatError` if the bytes are no header, or one of objects or records.
    static func read(from source: any ByteSource) throws -> (header: NpyHeader, byteCount: Int) {
        let start = try source.prefix(8)
        guard start.starts(with: magic), start.count == 8 else {
            throw FormatError(.wrongFormat, "\(source.name) is no array of NumPy: it doesn't begin with NumPy's mark.")
        }
        guard (1...3).contains(start[6]) else {
            throw FormatError(
                .unsupported, "\(source.name) is of version \(start[6]) of NumPy's format; versions 1 to 3 are known.")
        }
        let lengthBytes = try source.prefix(start[6] == 1 ? 2 : 4)
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= 1 << 20 else {
            throw FormatError(.corrupt, "\(source.name) claims a header of \(length) bytes; real ones are far shorter.")
        }
        let text = try source.prefix(length)
        guard text.count == length, length > 0 else {
            throw FormatError(.truncated, "\(source.name) is truncated: it ends within its header.")
        }
        var parser = NpyHeaderParser(text, name: source.name)
        return (try parser.parse(), start.count + lengthBytes.count + length)
    }
}

extension NpyHeader.Element: CustomStringConvertible {
    /// NumPy's notation, such as `<f4`.
    var description: String {
        switch self {
        case .number(let dtype, let isBigEndian):
            let order = dtype.byteCount == 1 ? "|" : isBigEndian ? ">" : "<"
            let kind = dtype.isFloatingPoint ? "f" : dtype.rawValue.hasPrefix("u") ? "u" : "i"
            return order + kind + String(dtype.byteCount)
        case .unicode(let width, let isBigEndian): return (isBigEndian ? ">U" : "<U") + String(width)
        case .bytes(let width): return "|S\(width)"
        }
    }

    /// The element type that NumPy's notation names; nil if it has no meaning here.
    init?(description: String) {
        var rest = Substring(description)
        let order = rest.first.flatMap { "<>|=".contains($0) ? $0 : nil }
        if order != nil { rest = rest.dropFirst() }
        guard let kind = rest.first, let size = Int(rest.dropFirst()), (0...Int(Int32.max)).contains(size) else {
            return nil
        }
        let isBigEndian = order == ">"
        switch kind {
        case "U": self = .unicode(width: size, isBigEndian: isBigEndian)
        case "S", "a": self = .bytes(width: size)
        case "b" where size == 1: self = .number(.uint8, isBigEndian: false)
        case "u", "i", "f":
            let name = (kind == "u" ? "uint" : kind == "i" ? "int" : "float") + String(size * 8)
            guard let dtype = DType(rawValue: name) else { return nil }
            self = .number(dtype, isBigEndian: isBigEndian && size > 1)
        default: return nil
        }
    }
}
