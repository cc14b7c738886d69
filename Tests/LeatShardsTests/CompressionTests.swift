import Testing

@testable import LeatShards

@Suite struct CompressionTests {
    private static let content = (0..<5000).map { UInt8($0 / 9 % 256) }

    private func pack(_ bytes: [UInt8], _ compression: ShardCompression) throws -> [UInt8] {
        try bytes.withUnsafeBytes { try compression.pack($0).withBytes { Array($0) } }
    }

    private func unpack(_ bytes: [UInt8], _ compression: ShardCompression, count: Int = 5000) throws -> [UInt8] {
        let memory = try ShardMemory(byteCount: count)
        return try memory.withBytes { output in
            try bytes.withUnsafeBytes { try compression.unpack($0, into: output) }
            return Array(output)
        }
    }

    @Test(
        "What is packed unpacks",
        arguments: [ShardCompression.none, .zstd(), .zstd(level: 22), .gzip(), .gzip(level: 0)])
    func roundTrip(compression: ShardCompression) throws {
        for count in [0, 1, 5000] {
            let bytes = Array(Self.content.prefix(count))
            #expect(try unpack(pack(bytes, compression), compression, count: count) == bytes)
        }
    }

    @Test("Several frames or members in a row are one file", arguments: [ShardCompression.zstd(), .gzip()])
    func several(compression: ShardCompression) throws {
        let parts = [0..<10, 10..<10, 10..<4000, 4000..<5000].map { Array(Self.content[$0]) }
        let packed = try parts.flatMap { try pack($0, compression) }
        #expect(try unpack(packed, compression) == Self.content)
    }

    @Test("Content of another size than expected is refused", arguments: [ShardCompression.zstd(), .gzip()])
    func size(compression: ShardCompression) throws {
        let packed = try pack(Self.content, compression)
        for count in [0, 1, 4999, 5001, 1 << 30] {
            #expect(throws: Malformed.self) { try unpack(packed, compression, count: count) }
        }
    }

    @Test(
        "What is cut short, empty, or followed by something else is refused",
        arguments: [ShardCompression.zstd(), .gzip()])
    func damage(compression: ShardCompression) throws {
        let packed = try pack(Self.content, compression)
        for length in [0, 1, 5, packed.count / 2, packed.count - 1] {
            #expect(throws: Malformed.self) { try unpack(Array(packed.prefix(length)), compression) }
        }
        for garbage in [[0], [0, 0, 0, 0], [1, 2, 3, 4, 5, 6, 7, 8], Array(packed.prefix(9))] as [[UInt8]] {
            #expect(throws: Malformed.self) { try unpack(packed + garbage, compression) }
        }
    }

    @Test func `A frame without content size is read, and may not be larger than expected`() throws {
        // zstd's frame header with a window of 1 KiB and no size, and one run of 5000 bytes 0x41 in a block of type RLE.
        let block = UInt32(5000) << 3 | 1 << 1 | 1
        let frame: [UInt8] =
            [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x18]
            + [UInt8(block & 0xFF), UInt8(block >> 8 & 0xFF), UInt8(block >> 16), 0x41]
        #expect(try unpack(frame, .zstd()) == Array(repeating: 0x41, count: 5000))
        for count in [4999, 5001] {
            #expect(throws: Malformed.self) { try unpack(frame, .zstd(), count: count) }
        }
    }

    @Test func `A frame that claims more than it can hold is refused before memory is taken`() throws {
        // A header that states 2⁶² bytes, with an empty last block.
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0]
        #expect(throws: Malformed.self) { try unpack(frame, .zstd()) }
        #expect(ShardCompression.zstd().largestContent(of: 16) == 2 << 20)
        #expect(ShardCompression.gzip().largestContent(of: .max) == .max)
    }

    @Test(
        "Hashes are those of others",
        arguments: [
            (ShardHash.md5, "900150983cd24fb0d6963f7d28e17f72"), (.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (.xxh32, "32d153ff"), (.xxh64, "44bc2cf5ad770999"), (.xxh3_64, "78af5f94892f3950"),
            (.xxh128, "06b05ab6733a618578af5f94892f3950"), (.xxh3_128, "06b05ab6733a618578af5f94892f3950"),
        ])
    func hashes(hash: ShardHash, digest: String) {
        #expect(Array("abc".utf8).withUnsafeBytes { hash.digest(of: $0) } == digest)
    }
}
