import LeatCore
import LeatFormats
import Testing

@Suite struct IDXTests {
    @Test(arguments: [DType.uint8, .int8, .int16, .int32, .float32, .float64], ["x.idx", "x.idx.gz"])
    func `Every element type of the format comes back`(dtype: DType, name: String) throws {
        let folder = try TemporaryFolder()
        let tensor = try Tensor(Array(0..<60), shape: [5, 4, 3]).converted(to: dtype)
        try IDX.write(tensor, to: folder.file(name))
        #expect(try IDX.read(folder.file(name)) == tensor)
    }

    @Test func `The bytes are those of the format`() throws {
        let folder = try TemporaryFolder()
        try IDX.write(try Tensor([Int16(1), -2], shape: [1, 2]), to: folder.file("x.idx"))
        #expect(
            try bytes(of: folder.file("x.idx")) == [0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0xFF, 0xFE])
    }

    @Test func `Element types outside the format are refused`() throws {
        let folder = try TemporaryFolder()
        expectFormatError(.unsupported, "int64(2,)") { try IDX.write(Tensor([1, 2]), to: folder.file("x.idx")) }
        #expect(try readNames(folder.path).isEmpty)
    }

    @Test(arguments: ["x.idx", "x.idx.gz"])
    func `A file cut anywhere is an error that names it`(name: String) throws {
        let folder = try TemporaryFolder()
        try IDX.write(try Tensor(Array(UInt8(0)..<60), shape: [5, 4, 3]), to: folder.file(name))
        let whole = try bytes(of: folder.file(name))
        for length in 0..<whole.count {
            let path = try folder.write(whole[..<length], to: "cut")
            #expect { _ = try IDX.read(path) } throws: { ($0 as? FormatError)?.message.contains("cut") == true }
        }
        let path = try folder.write(whole + [7], to: "long")
        #expect { _ = try IDX.read(path) } throws: { ($0 as? FormatError)?.message.contains("long") == true }
    }

    @Test func `A damaged compressed file is found out by its checksum`() throws {
        let folder = try TemporaryFolder()
        try IDX.write(Tensor((0..<4096).map { UInt8($0 % 251) }), to: folder.file("x.gz"))
        var damaged = try bytes(of: folder.file("x.gz"))
        damaged[damaged.count - 6] ^= 1
        let path = try folder.write(damaged, to: "damaged.gz")
        expectFormatError(.corrupt, "damaged.gz") { _ = try IDX.read(path) }
    }

    @Test func `A compressed header that claims terabytes allocates nothing`() throws {
        let folder = try TemporaryFolder()
        let header: [UInt8] = [0, 0, 0x0E, 3, 0, 0xFF, 0xFF, 0xFF, 0, 0, 0xFF, 0xFF, 0, 0, 0, 0xFF]
        let plain = try folder.write(header, to: "plain")
        expectFormatError(.truncated, "plain") { _ = try IDX.read(plain) }
        let packed = try folder.write(gzip(header), to: "claims.gz")
        expectFormatError(.truncated, "claims.gz") { _ = try IDX.read(packed) }
    }

    /// A gzip file of one stored block.
    private func gzip(_ content: [UInt8]) -> [UInt8] {
        let count = UInt8(content.count)
        let crc = content.reduce(UInt32.max) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 1 ? 0xEDB8_8320 : 0) }
        }
        let words = [~crc, UInt32(count)].flatMap { word in (0..<4).map { UInt8(word >> ($0 * 8) & 0xFF) } }
        return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, count, 0, ~count, 0xFF] + content + words
    }
}

@Suite struct CIFAR10Tests {
    /// A record whose red plane is 1, green 2 and blue 3, but for the first pixel.
    private func record(_ label: UInt8) -> [UInt8] {
        var planes = (1...3).flatMap { [UInt8](repeating: UInt8($0), count: 1024) }
        planes[0] = 100 + label
        return [label] + planes
    }

    @Test func `Planes become the last axis`() throws {
        let folder = try TemporaryFolder()
        let first = try folder.write(record(4) + record(9), to: "data_batch_1.bin")
        let second = try folder.write(record(0), to: "data_batch_2.bin")
        let (images, labels) = try CIFAR10.read([first, second])
        #expect(labels == Tensor([UInt8(4), 9, 0]))
        #expect(images.shape == [3, 32, 32, 3])
        #expect(try images[0][0][0] == Tensor([UInt8(104), 2, 3]))
        #expect(try images[2][31][31] == Tensor([UInt8(1), 2, 3]))
        for size in [1, 2, 5] {
            let blocks = try readAll(try CIFAR10Reader([first, second]), blockSize: size)
            #expect(blocks["image"]?.tensor == images)
            #expect(blocks["label"]?.tensor == labels)
        }
    }

    @Test func `Half a record or an impossible label is refused`() throws {
        let folder = try TemporaryFolder()
        let short = try folder.write(record(4).dropLast(), to: "short.bin")
        expectFormatError(.truncated, "short.bin", "3072") { _ = try CIFAR10.read([short]) }
        let odd = try folder.write(record(10), to: "odd.bin")
        expectFormatError(.corrupt, "odd.bin") { _ = try CIFAR10.read([odd]) }
    }
}

@Suite struct ImageFolderTests {
    static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]
    static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 9]

    @Test func `Classes are numbered by name and bytes are kept`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.jpeg + [2], to: "dog/b.jpg")
        try folder.write(Self.jpeg + [1], to: "dog/a.JPEG")
        try folder.write(Self.jpeg, to: "cat/x.jpg")
        try folder.write("not an image", to: "cat/notes.txt")
        try folder.write("hidden", to: ".cache/z.jpg")
        let reader = try ImageFolderReader(folder.path)
        #expect(reader.classNames == ["cat", "dog"])
        #expect(reader.count == 3)
        #expect(reader.columns[0].kind == .jpeg)
        let blocks = try readAll(reader, blockSize: 2)
        #expect(blocks["image"]?.byteStrings == [Self.jpeg, Self.jpeg + [1], Self.jpeg + [2]])
        #expect(blocks["label"]?.tensor == Tensor([Int64(0), 1, 1]))
        #expect(blocks["class"]?.texts == ["cat", "dog", "dog"])
        #expect(blocks["path"]?.texts == ["cat/x.jpg", "dog/a.JPEG", "dog/b.jpg"])
    }

    @Test func `JPEG beside PNG is kept as bytes`() throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.jpeg, to: "a/x.jpg")
        try folder.write(Self.png, to: "b/deep/y.png")
        #expect(try ImageFolderReader(folder.path).columns[0].kind == .bytes)
    }

    @Test func `A name that lies and an empty folder are refused`() throws {
        let folder = try TemporaryFolder()
        expectFormatError(.wrongFormat, "no subfolders") { _ = try ImageFolderReader(folder.path) }
        try folder.write("text", to: "a/x.jpg")
        expectFormatError(.wrongFormat, "a/x.jpg", "neither") { _ = try ImageFolderReader(folder.path) }
    }
}
