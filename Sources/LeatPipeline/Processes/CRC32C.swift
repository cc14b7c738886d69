/// The checksum CRC-32C (Castagnoli), as in iSCSI, ext4 and TFRecord: reflected polynomial 0x82F63B78.
package enum CRC32C {
    /// Eight tables one after another: what a byte adds that has 0 to 7 bytes behind it.
    private static let table: [UInt32] = {
        var table: [UInt32] = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
        }
        for index in 0..<7 * 256 { table.append(table[index] >> 8 ^ table[Int(table[index] & 0xFF)]) }
        return table
    }()

    /// The checksum of the bytes; `123456789` in ASCII has 0xE3069283.
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        table.withUnsafeBufferPointer { table in
            var value = ~UInt32(0)
            var position = 0
            while bytes.count - position >= 8 {
                let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self).littleEndian ^ UInt64(value)
                value = 0
                for index in 0..<8 { value ^= table[(7 - index) << 8 | Int(word >> (8 * UInt64(index)) & 0xFF)] }
                position += 8
            }
            for byte in bytes[position...] { value = table[Int(UInt8(truncatingIfNeeded: value) ^ byte)] ^ value >> 8 }
            return ~value
        }
    }

    /// The checksum of the bytes.
    package static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let sum = bytes.withContiguousStorageIfAvailable { checksum(UnsafeRawBufferPointer($0)) }
        return sum ?? Array(bytes).withUnsafeBytes { checksum($0) }
    }
}
