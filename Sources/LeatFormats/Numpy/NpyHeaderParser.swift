import LeatCore

/// Reads the Python dictionary in an `.npy` header, and nothing else of Python.
struct NpyHeaderParser {
    private var rest: ArraySlice<UInt8>
    private let name: String

    init(_ text: [UInt8], name: String) {
        rest = text[...]
        self.name = name
    }

    mutating func parse() throws -> NpyHeader {
        var descriptor: String?
        var isFortranOrder: Bool?
        var shape: Shape?
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr":
                if peek() == UInt8(ascii: "[") {
                    throw FormatError(.unsupported, "\(name) holds records of several fields, which have no tensor.")
                }
                descriptor = try string()
            case "fortran_order": isFortranOrder = try boolean()
            case "shape": shape = try tuple()
            default: throw malformed("it has an entry '\(key)'")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        guard let descriptor, let isFortranOrder, let shape else { throw malformed("an entry is missing") }
        if descriptor.contains("O") {
            throw FormatError(
                .unsupported,
                "\(name) holds pickled Python objects, which are never read because unpickling runs code.")
        }
        guard let element = NpyHeader.Element(description: descriptor) else {
            throw FormatError(
                .unsupported, "\(name) holds elements of NumPy's type '\(descriptor)', which has no tensor.")
        }
        return NpyHeader(element: element, isFortranOrder: isFortranOrder, shape: shape)
    }

    private func malformed(_ why: String) -> FormatError {
        FormatError(.corrupt, "\(name) has a damaged header: \(why).")
    }

    private mutating func skipSpace() {
        rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 || $0 == 0x0D }
    }

    private mutating func peek() -> UInt8? {
        skipSpace()
        return rest.first
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws {
        guard take(character) else { throw malformed("'\(character)' is missing") }
    }

    private mutating func string() throws -> String {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
            throw malformed("a quoted word is missing")
        }
        rest = rest.dropFirst()
        guard let end = rest.firstIndex(of: quote) else { throw malformed("a quote is open") }
        defer { rest = rest[(end + 1)...] }
        return String(decoding: rest[..<end], as: UTF8.self)
    }

    private mutating func word() -> String {
        skipSpace()
        let isWordByte = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        }
        let word = rest.prefix(while: isWordByte)
        rest = rest.dropFirst(word.count)
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func boolean() throws -> Bool {
        switch word() {
        case "True": true
        case "False": false
        default: throw malformed("'fortran_order' is neither True nor False")
        }
    }

    private mutating func tuple() throws -> Shape {
        var extents: [Int] = []
        try expect("(")
        while !take(")") {
            var digits = word()
            // Python 2 wrote long integers with an L.
            if digits.hasSuffix("L") { digits.removeLast() }
            guard let extent = Int(digits), extent >= 0, extents.count < 64 else {
                throw malformed("its shape is not one")
            }
            extents.append(extent)
            if !take(",") {
                try expect(")")
                break
            }
        }
        return Shape(extents)
    }
}
