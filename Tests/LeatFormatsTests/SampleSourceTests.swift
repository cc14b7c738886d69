import LeatCore
import LeatFormats
import Testing

@Suite struct SampleSourceTests {
    private func images(_ count: Int) throws -> Tensor {
        try Tensor((0..<UInt8(count * 4)).map { $0 }, shape: [count, 2, 2])
    }

    @Test func `An archive's chosen columns are opened and the others are not`() throws {
        let source = try SampleSource(fixture("stored.npz"))
        #expect(source.format == .npz)
        let reader = try source.reader(columns: [ColumnChoice("name", as: "text"), ColumnChoice("y")])
        #expect(reader.columns == [ColumnDescription("text", .text), ColumnDescription("y", .numbers(.int64, []))])
        let blocks = try readAll(reader, blockSize: 3)
        #expect(blocks["text"]?.texts == ["a", "bb", "", "dé"])
        #expect(blocks["y"]?.tensor == Tensor([Int64(3), 1, 2, 0]))
        expectFormatError(.unsupported, "pickled") { _ = try source.reader() }
        expectFormatError(.corrupt, "'x' has 4", "'short' has 3") {
            _ = try source.reader(columns: [ColumnChoice("x"), ColumnChoice("short")])
        }
        expectFormatError(.missing, "'z'") { _ = try source.reader(columns: [ColumnChoice("z")]) }
        expectFormatError(.invalidArgument, "'y'") {
            _ = try source.reader(columns: [ColumnChoice("x", as: "y"), ColumnChoice("y")])
        }
    }

    @Test func `Offsets make ragged columns`() throws {
        let reader = try SampleSource(fixture("ragged.npz")).reader()
        #expect(
            reader.columns == [
                ColumnDescription("words", .ragged(.int32)), ColumnDescription("blob", .bytes),
                ColumnDescription("image", .ragged(.float32)), ColumnDescription("label", .numbers(.uint8, [])),
            ])
        let blocks = try readAll(reader, blockSize: 2)
        #expect(blocks["words"]?.rows == [Tensor([Int32(0), 1]), Tensor([Int32(2)]), Tensor([Int32(3), 4, 5])])
        #expect(blocks["blob"]?.byteStrings == [Array("one".utf8), [], Array("three".utf8)])
        #expect(blocks["image"]?.rows.map(\.shape) == [[2, 2], [1, 2], [2, 3]])
        #expect(try blocks["image"]?.rows[1] == Tensor([Float(4), 5], shape: [1, 2]))
    }

    @Test func `Offsets that don't fit are refused`() throws {
        let folder = try TemporaryFolder()
        for offsets: [Int64] in [[0, 2, 5], [1, 4], [0, 3, 2, 4], []] {
            let path = folder.file("x.npz")
            try Npz.write(["x": Tensor([Float](repeating: 0, count: 4)), "x_offsets": Tensor(offsets)], to: path)
            expectFormatError(.corrupt, "'x'", "x.npz") { _ = try SampleSource(path).reader() }
        }
    }

    @Test func `Arrays that end in train and test are two splits`() throws {
        let source = try SampleSource(fixture("splits.npz"))
        #expect(source.splitNames == ["train", "test"])
        let test = try source.reader(split: "test")
        #expect(test.columns.map(\.name) == ["x", "y"])
        #expect(test.count == 2)
        #expect(try source.reader(split: "train").count == 3)
        expectFormatError(.missing, "'val'", "train, test") { _ = try source.reader(split: "val") }
    }

    @Test func `Images find their labels, in a folder and alone`() throws {
        let folder = try TemporaryFolder()
        try IDX.write(images(3), to: folder.file("train-images-idx3-ubyte.gz"))
        try IDX.write(Tensor([UInt8(0), 1, 2]), to: folder.file("train-labels-idx1-ubyte.gz"))
        let alone = try SampleSource(folder.file("train-images-idx3-ubyte.gz"))
        #expect(alone.splitNames.isEmpty)
        #expect(try alone.reader().columns.map(\.name) == ["image", "label"])
        #expect(try SampleSource(folder.path).splitNames.isEmpty)

        try IDX.write(images(2), to: folder.file("t10k-images-idx3-ubyte"))
        try IDX.write(Tensor([UInt8(3), 4]), to: folder.file("t10k-labels-idx1-ubyte"))
        let both = try SampleSource(folder.path + "/")
        #expect(both.format == .idx)
        #expect(both.splitNames == ["train", "test"])
        let blocks = try readAll(try both.reader(split: "test"), blockSize: 1)
        #expect(try blocks["image"]?.tensor == images(2))
        #expect(blocks["label"]?.tensor == Tensor([UInt8(3), 4]))
    }

    @Test func `Damaged labels are not passed over`() throws {
        let folder = try TemporaryFolder()
        try IDX.write(images(3), to: folder.file("train-images-idx3-ubyte"))
        try folder.write([0, 0, 8, 1, 0], to: "train-labels-idx1-ubyte")
        expectFormatError(.truncated, "train-labels") {
            _ = try SampleSource(folder.file("train-images-idx3-ubyte")).reader()
        }
    }

    @Test func `Formats are told by name and content`() throws {
        let folder = try TemporaryFolder()
        #expect(try SampleSource(fixture("int8.npy")).format == .npy)
        #expect(try SampleSource(try folder.write("a\n1\n", to: "x.csv")).format == .csv)
        #expect(try SampleSource(try folder.write([UInt8](repeating: 0, count: 3073), to: "c.bin")).format == .cifar10)
        try folder.write(ImageFolderTests.jpeg, to: "pictures/cat/x.jpg")
        #expect(try SampleSource(folder.file("pictures")).format == .images)
        try folder.write([UInt8](repeating: 0, count: 3073), to: "cifar/data_batch_1.bin")
        try folder.write([UInt8](repeating: 0, count: 3073), to: "cifar/test_batch.bin")
        #expect(try SampleSource(folder.file("cifar")).splitNames == ["train", "test"])
        try folder.write(ImageFolderTests.jpeg, to: "divided/train/cat/x.jpg")
        try folder.write(ImageFolderTests.jpeg, to: "divided/test/cat/x.jpg")
        #expect(try SampleSource(folder.file("divided")).splitNames == ["train", "test"])
        expectFormatError(.wrongFormat, "y.dat") { _ = try SampleSource(try folder.write("hello", to: "y.dat")) }
        expectFormatError(.unreadable, "nothing") { _ = try SampleSource(folder.file("nothing")) }
    }

    @Test func `Columns given only on request can be asked for`() throws {
        let folder = try TemporaryFolder()
        try folder.write(ImageFolderTests.jpeg, to: "cat/x.jpg")
        let source = try SampleSource(folder.path, format: .images)
        #expect(try source.reader().columns.map(\.name) == ["image", "label"])
        #expect(try source.reader(columns: [ColumnChoice("class")]).read(1) == [.text(["cat"])])
    }
}
