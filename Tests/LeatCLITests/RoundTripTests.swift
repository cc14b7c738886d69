import Leat
import Testing

@testable import LeatCLI

/// Packed, verified and exported, every kind of source is what it was.
@Suite struct RoundTripTests {
    private let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]
    private let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 9]

    @Test(arguments: DType.allCases)
    func `Numbers and arrays of every element type`(dtype: DType) async throws {
        let folder = try TemporaryFolder()
        // Through bytes, so that every bit pattern comes by, infinity and NaN too.
        let bytes = (0..<6 * dtype.byteCount).map { UInt8(truncatingIfNeeded: 255 - $0 * 37) }
        let x = try Tensor(shape: [3, 1, 2], dtype: dtype) { $0.copyBytes(from: bytes) }
        let y = try Tensor([Int64(0), 1, 100], shape: [3]).converted(to: dtype)
        try Npz.write(["x": x, "y": y], to: folder.file("in.npz"))
        let archive = try await roundTrip(folder.file("in.npz"), in: folder)
        #expect(try archive.tensor("x") == x)
        #expect(try archive.tensor("y") == y)
    }

    @Test func `Whole numbers of 64 bits keep all digits`() async throws {
        let folder = try TemporaryFolder()
        let signed = Tensor([Int64.min, .max, (1 << 53) + 1])
        let unsigned = Tensor([UInt64.max, 0, (1 << 63) + 1])
        try Npz.write(["signed": signed, "unsigned": unsigned], to: folder.file("in.npz"))
        let archive = try await roundTrip(folder.file("in.npz"), in: folder)
        #expect(try archive.tensor("signed") == signed)
        #expect(try archive.tensor("unsigned") == unsigned)
    }

    @Test func `Vectors of different lengths, bytes, and arrays of different shapes`() async throws {
        let folder = try TemporaryFolder()
        let archive = try await roundTrip(fixture("ragged.npz"), in: folder)
        let original = try NpzArchive(fixture("ragged.npz"))
        #expect(Set(archive.names) == Set(original.names))
        for name in original.names { #expect(try archive.tensor(name) == original.tensor(name), "\(name)") }
    }

    @Test func `Arrays that differ in their first extent only are joined along it`() async throws {
        let folder = try TemporaryFolder()
        let rows = try Tensor((0..<12).map { Float($0) }, shape: [6, 2])
        let offsets = Tensor([Int64(0), 1, 4, 6])
        try Npz.write(["x": rows, "x_offsets": offsets], to: folder.file("in.npz"))
        let archive = try await roundTrip(folder.file("in.npz"), in: folder)
        #expect(archive.names == ["x", "x_offsets"])
        #expect(try archive.tensor("x") == rows)
        #expect(try archive.tensor("x_offsets") == offsets)
    }

    @Test func `Texts, with columns chosen and renamed`() async throws {
        let folder = try TemporaryFolder()
        let choices = [ColumnChoice("name", as: "title"), ColumnChoice("y")]
        let archive = try await roundTrip(fixture("stored.npz"), in: folder, columns: choices)
        #expect(Set(archive.names) == ["title", "y"])
        #expect(try archive.texts("title") == ["a", "bb", "", "dé"])
        #expect(try archive.tensor("y") == Tensor([Int64(3), 1, 2, 0]))
    }

    @Test func `An archive of train and test`() async throws {
        let folder = try TemporaryFolder()
        let archive = try await roundTrip(fixture("splits.npz"), in: folder)
        let original = try Npz.read(fixture("splits.npz"))
        #expect(Set(archive.names) == Set(original.keys))
        for (name, tensor) in original { #expect(try archive.tensor(name) == tensor) }
    }

    @Test func `A single array, in many shards`() async throws {
        let folder = try TemporaryFolder()
        let x = try Tensor((0..<30_000).map { Int32($0) }, shape: [10_000, 3])
        try Npy.write(x, to: folder.file("in.npy"))
        let archive = try await roundTrip(folder.file("in.npy"), in: folder, sizeLimit: 10_000)
        #expect(try archive.tensor("x") == x)
        #expect(try ShardIndex(folder: folder.file("shards")).shards.count > 12)
    }

    @Test func `IDX images with their labels`() async throws {
        let folder = try TemporaryFolder()
        let images = try Tensor((0..<UInt8(60)).map { $0 }, shape: [5, 4, 3])
        let labels = Tensor([UInt8(9), 8, 7, 6, 5])
        try IDX.write(images, to: folder.file("train-images-idx3-ubyte.gz"))
        try IDX.write(labels, to: folder.file("train-labels-idx1-ubyte.gz"))
        let archive = try await roundTrip(folder.file("train-images-idx3-ubyte.gz"), in: folder)
        #expect(try archive.tensor("image") == images)
        #expect(try archive.tensor("label") == labels)
    }

    @Test func `CIFAR-10`() async throws {
        let folder = try TemporaryFolder()
        let records: [UInt8] = (0..<3 * 3073).map { (position: Int) -> UInt8 in
            position % 3073 == 0 ? UInt8(position / 3073) : UInt8(truncatingIfNeeded: position &* 31)
        }
        let path = try folder.write(records, to: "data_batch_1.bin")
        let archive = try await roundTrip(path, in: folder)
        let (images, labels) = try CIFAR10.read([path])
        #expect(try archive.tensor("image") == images)
        #expect(try archive.tensor("label") == labels)
    }

    @Test func `A table of values`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Array("id,score,name\n1,0.5,\"a,b\"\n2,,é\n".utf8), to: "table.csv")
        let archive = try await roundTrip(path, in: folder)
        #expect(try archive.tensor("id") == Tensor([Int64(1), 2]))
        #expect(try archive.tensor("score") == Tensor([0.5, .nan]))
        #expect(try archive.texts("name") == ["a,b", "é"])
    }

    @Test func `Folders of images`() async throws {
        let folder = try TemporaryFolder()
        try folder.write(jpeg, to: "pictures/cat/1.jpg")
        try folder.write(jpeg + [4, 5], to: "pictures/cat/2.jpg")
        try folder.write(jpeg + [6], to: "pictures/dog/1.jpg")
        let archive = try await roundTrip(folder.file("pictures"), in: folder)
        #expect(try ShardIndex(folder: folder.file("shards")).columns.first == ShardColumn("image", .jpeg))
        let joined: [UInt8] = [jpeg, jpeg, [4, 5], jpeg, [6]].flatMap { $0 }
        #expect(try archive.tensor("image") == Tensor(joined))
        #expect(try archive.tensor("image_offsets") == Tensor([Int64(0), 7, 16, 24]))
        #expect(try archive.tensor("label") == Tensor([Int64(0), 0, 1]))
    }

    @Test func `Images of one size still have offsets`() async throws {
        let folder = try TemporaryFolder()
        for name in ["a", "b"] { try folder.write(png, to: "pictures/cat/\(name).png") }
        let archive = try await roundTrip(folder.file("pictures"), in: folder)
        #expect(try archive.tensor("image").shape == [18])
        #expect(try archive.tensor("image_offsets") == Tensor([Int64(0), 9, 18]))
    }

    @Test func `Archives of WebDataset, TFRecord files and JSON lines`() async throws {
        let folder = try TemporaryFolder()
        let tar = try await roundTrip(
            fixture("../webdataset/plain.tar.zst"), in: folder,
            columns: [ColumnChoice("cls", as: "y"), ColumnChoice("npy", as: "x"), ColumnChoice("txt")])
        #expect(try tar.tensor("y") == Tensor([0, 3, 6, 9, 12] as [Int64]))
        #expect(try tar.tensor("x") == Tensor((0..<5).flatMap { (0...$0).map { Float($0) } }))
        #expect(try tar.texts("txt").last == "text 4 é")

        let second = try TemporaryFolder()
        let records = try await roundTrip(
            fixture("../tfrecord/plain.tfrecord.gz"), in: second,
            columns: ["label", "point", "raw"].map { ColumnChoice($0) })
        #expect(try records.tensor("label") == Tensor([-2, -1, 0, 1] as [Int64]))
        #expect(try records.tensor("point").shape == [4, 3])
        #expect(try records.tensor("raw_offsets").count == 5)

        let third = try TemporaryFolder()
        let text = "{\"a\": 1, \"b\": [1.5, 2]}\n{\"a\": 2, \"b\": [3, 4]}\n"
        let lines = try await roundTrip(try third.write(Array(text.utf8), to: "x.jsonl"), in: third)
        #expect(try lines.tensor("a") == Tensor([1, 2] as [Int64]))
        #expect(try lines.tensor("b") == Tensor([1.5, 2, 3, 4], shape: [2, 2]))
    }

    @Test func `HDF5 files and lines of text`() async throws {
        let folder = try TemporaryFolder()
        let archive = try await roundTrip(
            fixture("../hdf5/samples.h5"), in: folder, columns: ["x", "y", "name"].map { ColumnChoice($0) })
        #expect(try archive.tensor("x") == Tensor((0..<120).map { Float($0) }, shape: [20, 3, 2]))
        #expect(try archive.texts("name").last == "n19")
        let second = try TemporaryFolder()
        let lines = try await roundTrip(try second.write(Array("one\ntwo\n".utf8), to: "x.txt"), in: second)
        #expect(try lines.texts("text") == ["one", "two"])
    }
}
