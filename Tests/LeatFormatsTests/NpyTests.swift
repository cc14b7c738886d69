import Foundation
import LeatCore
import LeatFormats
import LeatPipeline
import Testing

@Suite struct NpyTests {
    /// 0 to 23 in the shape (2, 3, 4).
    private func cube(_ dtype: DType) throws -> Tensor {
        try Tensor(Array(Int64(0)..<24), shape: [2, 3, 4]).converted(to: dtype)
    }

    @Test(arguments: DType.allCases)
    func `Every element type is read and written as NumPy does`(dtype: DType) throws {
        let path = fixture("\(dtype).npy")
        let isUnsigned = dtype.rawValue.hasPrefix("u")
        let expected = try Tensor((0..<6).map { isUnsigned ? $0 : $0 - 3 }, shape: [2, 3]).converted(to: dtype)
        #expect(try Npy.read(path) == expected)

        let folder = try TemporaryFolder()
        try Npy.write(expected, to: folder.file("out.npy"))
        #expect(try bytes(of: folder.file("out.npy")) == bytes(of: path))
    }

    @Test(arguments: ["int16", "float32", "float64"])
    func `Big-endian elements are swapped`(name: String) throws {
        let dtype = try #require(DType(rawValue: name))
        #expect(try Npy.read(fixture("\(name)_big_endian.npy")) == cube(dtype))
    }

    @Test func `Fortran's order is transposed`() throws {
        #expect(try Npy.read(fixture("fortran_order.npy")) == cube(.int32))
        #expect(try Npy.read(fixture("fortran_order_big_endian.npy")) == cube(.int64))
        #expect(try Npy.read(fixture("fortran_order_vector.npy")) == Tensor([UInt8(0), 1, 2]))
        let reader = try Npy.reader(fixture("fortran_order.npy"))
        #expect(try reader.read(1) == .numbers(cube(.int32)[0..<1]))
        #expect(try reader.read(5) == .numbers(cube(.int32)[1..<2]))
        #expect(try reader.read(5).count == 0)
    }

    @Test(arguments: ["version_2", "version_3"])
    func `Later versions of the format are read`(name: String) throws {
        #expect(try Npy.read(fixture("\(name).npy")) == cube(.uint8))
    }

    @Test func `Scalars, empty arrays and bools keep their shapes`() throws {
        #expect(try Npy.read(fixture("scalar.npy")) == Tensor([2.5]).reshaped(to: []))
        #expect(try Npy.read(fixture("no_rows.npy")).shape == [0, 3])
        #expect(try Npy.read(fixture("bool.npy")) == Tensor([UInt8(1), 0, 1]))
    }

    @Test func `A written file is byte for byte NumPy's for scalars and empty arrays too`() throws {
        let folder = try TemporaryFolder()
        for name in ["scalar.npy", "no_rows.npy"] {
            try Npy.write(try Npy.read(fixture(name)), to: folder.file(name))
            #expect(try bytes(of: folder.file(name)) == bytes(of: fixture(name)))
        }
    }

    @Test func `Texts of fixed width are read`() throws {
        #expect(try Npy.readTexts(fixture("unicode.npy")) == ["héllo", "", "日本語", "a\0b"])
        #expect(try Npy.readTexts(fixture("unicode_big_endian.npy")) == ["héllo", "x"])
        #expect(try Npy.readTexts(fixture("bytes.npy")) == ["abc", "", "de"])
    }

    @Test func `What has no tensor is refused in words`() {
        expectFormatError(.unsupported, "objects.npy", "pickled") { _ = try Npy.read(fixture("objects.npy")) }
        expectFormatError(.unsupported, "records.npy", "records") { _ = try Npy.read(fixture("records.npy")) }
        expectFormatError(.unsupported, "complex.npy", "<c8") { _ = try Npy.read(fixture("complex.npy")) }
        expectFormatError(.unsupported, "(2, 2)") { _ = try Npy.readTexts(fixture("text_matrix.npy")) }
        expectFormatError(.unsupported, "texts, not numbers") { _ = try Npy.read(fixture("unicode.npy")) }
        expectFormatError(.unsupported, "numbers, not texts") { _ = try Npy.readTexts(fixture("int8.npy")) }
        expectFormatError(.unreadable, "nowhere.npy") { _ = try Npy.read(fixture("nowhere.npy")) }
        expectFormatError(.unreadable, "is not a file") { _ = try Npy.read(fixture("")) }
    }

    @Test func `A file cut anywhere is an error that names it`() throws {
        let folder = try TemporaryFolder()
        for name in ["int64.npy", "unicode.npy", "version_2.npy", "fortran_order.npy"] {
            let whole = try bytes(of: fixture(name))
            for length in 0..<whole.count {
                let path = try folder.write(whole[..<length], to: "cut.npy")
                #expect("\(name) cut to \(length)") {
                    let reader = try Npy.reader(path)
                    _ = try reader.read(reader.count)
                } throws: { ($0 as? FormatError)?.message.contains("cut.npy") == true }
            }
        }
    }

    @Test func `Bytes after the array are not passed over`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(bytes(of: fixture("int8.npy")) + [0], to: "long.npy")
        expectFormatError(.corrupt, "long.npy", "1 bytes after") { _ = try Npy.read(path) }
    }

    @Test(arguments: [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807, 2), }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000000,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904, 4), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4611686018427387904, 4), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4611686018427387904), }",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
        "{'descr': '<f4', 'shape': (1,), }",
        "{'descr': '<f4",
        "{'descr': '<U2147483647', 'fortran_order': False, 'shape': (9223372036854775807,), }",
        "", "[]", "{(((((((",
    ])
    func `A header that lies or is damaged neither traps nor allocates`(text: String) throws {
        let folder = try TemporaryFolder()
        let header: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count), 0] + Array(text.utf8)
        let path = try folder.write(header + [0, 0, 0, 0], to: "lying.npy")
        #expect { _ = try Npy.reader(path) } throws: { ($0 as? FormatError)?.message.contains("lying.npy") == true }
    }

    @Test func `A claim of a giant header is refused`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255], to: "giant.npy")
        expectFormatError(.corrupt, "giant.npy") { _ = try Npy.read(path) }
    }

    @Test func `Reading in blocks gives the whole`() throws {
        let folder = try TemporaryFolder()
        let whole = try Tensor(Array(Int32(0)..<70), shape: [10, 7])
        try Npy.write(whole, to: folder.file("x.npy"))
        for size in [1, 3, 10, 11] {
            let reader = try ArraysReader([("x", try Npy.reader(folder.file("x.npy")))], path: "x.npy")
            #expect(try readAll(reader, blockSize: size)["x"]?.tensor == whole)
        }
    }

    @Test func `A failed write leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        expectFormatError(.unwritable, "nowhere/x.npy") { try Npy.write(Tensor([1]), to: folder.file("nowhere/x.npy")) }
        #expect(try readNames(folder.path).isEmpty)
    }

    @Test func `Rows are read by number`() async throws {
        let folder = try TemporaryFolder()
        try Npy.write(try Tensor((0..<12).map { Int16($0) }, shape: [6, 2]), to: folder.file("x.npy"))
        let dataset = try NpyDataset(["x": folder.file("x.npy"), "y": folder.file("x.npy")])
        #expect(dataset.count == 6)
        let samples = try await dataset.samples(at: [5, 0, 1, 0], epoch: 0)
        #expect(
            try samples.map { try $0.tensor("x").elements(as: Int16.self) } == [[10, 11], [0, 1], [2, 3], [0, 1]])
        #expect(samples.allSatisfy { $0["x"] == $0["y"] })
        let big = try NpyDataset(["x": fixture("int16_big_endian.npy")])
        #expect(try await big.sample(at: 1).tensor("x") == Npy.read(fixture("int16_big_endian.npy"))[1])
        await #expect(throws: FormatError.self) { try await dataset.samples(at: [6], epoch: 0) }
        await #expect(throws: FormatError.self) { try await dataset.samples(at: [-1], epoch: 0) }
        await #expect(throws: FormatError.self) { try await dataset.samples(at: [.max], epoch: 0) }
        for name in ["fortran_order", "scalar", "unicode"] {
            expectFormatError(.unsupported, name) { _ = try NpyDataset(["x": fixture("\(name).npy")]) }
        }
        expectFormatError(.corrupt, "6 rows", "2") {
            _ = try NpyDataset(["x": folder.file("x.npy"), "y": fixture("int16_big_endian.npy")])
        }
        // Cut short while it is open, it is an error and no signal.
        try #require(FileHandle(forWritingAtPath: folder.file("x.npy"))).truncate(atOffset: 140)
        await #expect(throws: FormatError.self) { try await dataset.samples(at: [5], epoch: 0) }
        expectFormatError(.truncated, "x.npy") { _ = try NpyDataset(["x": folder.file("x.npy")]) }
    }
}
