/// Reads the fields of a message of protocol buffers from bytes.
struct ProtobufReader {
    /// What is wrong with the bytes.
    struct Malformed: Error {}

    /// A field's value, by how it is written.
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(Slice<UnsafeRawBufferPointer>)
    }

    private var rest: Slice<UnsafeRawBufferPointer>

    init(_ bytes: Slice<UnsafeRawBufferPointer>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// The next field; nil at the end.
    mutating func next() throws(Malformed) -> (number: Int, value: Value)? {
        if rest.isEmpty { return nil }
        let key = try varint()
        let number = key >> 3
        guard number > 0, number < 1 << 29 else { throw Malformed() }
        switch key & 7 {
        case 0: return (Int(number), .varint(try varint()))
        case 1: return (Int(number), .fixed64(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw Malformed() }
            let bytes = rest.prefix(Int(length))
            rest = rest.dropFirst(Int(length))
            return (Int(number), .bytes(bytes))
        case 5: return (Int(number), .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
        default: throw Malformed()
        }
    }

    /// The next number of variable length.
    mutating func varint() throws(Malformed) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = rest.popFirst() {
            // Ten bytes hold 70 bits; the highest that count are in the lowest bit of the tenth.
            guard shift < 63 || byte <= 1 else { throw Malformed() }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        throw Malformed()
    }

    /// The next number of 4 or 8 bytes.
    mutating func fixed(_ byteCount: Int) throws(Malformed) -> UInt64 {
        guard rest.count >= byteCount else { throw Malformed() }
        let value = rest.prefix(byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(byteCount)
        return value
    }
}

/// Writes the fields of a message of protocol buffers.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func varint(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func field(_ number: UInt64, _ content: some Collection<UInt8>) {
        varint(number << 3 | 2)
        varint(UInt64(content.count))
        bytes += content
    }
}
