import LeatCore
import LeatFormats
import Testing

@Suite struct NpzTests {
    private let x = try? Tensor((0..<24).map { Float($0) }, shape: [4, 3, 2])
    private let y = Tensor([Int64(3), 1, 2, 0])
    private let names = ["a", "bb", "", "dé"]

    @Test(arguments: ["stored.npz", "deflated.npz"])
    func `NumPy's archives are read, and an array of objects hurts only itself`(file: String) throws {
        let archive = try NpzArchive(fixture(file))
        #expect(archive.names == ["x", "y", "name", "objects", "short"])
        #expect(try archive.tensor("x") == x)
        #expect(try archive.tensor("y") == y)
        #expect(try archive.texts("name") == names)
        expectFormatError(.unsupported, "objects.npy", file, "pickled") { _ = try archive.tensor("objects") }
        expectFormatError(.missing, "'z'", "short") { _ = try archive.tensor("z") }
        expectFormatError(.unsupported, "name.npy", "texts") { _ = try Npz.read(fixture(file)) }
    }

    @Test(arguments: [false, true])
    func `What is written is read again`(compressed: Bool) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("out.npz")
        let writer = try NpzWriter(path, compressed: compressed)
        try writer.add("x", try #require(x))
        try writer.add("name", names)
        try writer.add("nothing", [String]())
        #expect(!exists(path))
        try writer.close()
        let archive = try NpzArchive(path)
        #expect(archive.names == ["x", "name", "nothing"])
        #expect(try archive.tensor("x") == x)
        #expect(try archive.texts("name") == names)
        #expect(try archive.texts("nothing") == [])

        try Npz.write(["b": y, "a": try #require(x)], to: path, compressed: compressed)
        #expect(try Npz.read(path) == ["a": x, "b": y])
    }

    @Test func `The same arrays give the same bytes`() throws {
        let folder = try TemporaryFolder()
        for name in ["a.npz", "b.npz"] { try Npz.write(["y": y], to: folder.file(name)) }
        #expect(try bytes(of: folder.file("a.npz")) == bytes(of: folder.file("b.npz")))
    }

    @Test func `A name can't be used twice`() throws {
        let folder = try TemporaryFolder()
        let writer = try NpzWriter(folder.file("x.npz"))
        try writer.add("y", y)
        expectFormatError(.unwritable, "x.npz") { try writer.add("y", y) }
    }

    @Test func `An archive cut short or with a flipped bit is found out`() throws {
        let folder = try TemporaryFolder()
        for file in ["stored.npz", "deflated.npz"] {
            let whole = try bytes(of: fixture(file))
            for length in stride(from: 0, to: whole.count, by: 13) {
                let path = try folder.write(whole[..<length], to: "cut.npz")
                #expect { _ = try NpzArchive(path).tensor("x") } throws: {
                    ($0 as? FormatError)?.message.contains("cut.npz") == true
                }
            }
            // Within the elements of the first array.
            var flipped = whole
            flipped[file == "stored.npz" ? 220 : 150] ^= 4
            let path = try folder.write(flipped, to: "flipped.npz")
            expectFormatError(.corrupt, "x.npy", "flipped.npz") { _ = try NpzArchive(path).tensor("x") }
        }
    }

    @Test func `A text that ends in NUL is refused rather than cut`() throws {
        let folder = try TemporaryFolder()
        let writer = try NpzWriter(folder.file("x.npz"))
        expectFormatError(.unsupported, "'name'", "NUL") { try writer.add("name", ["a\0"]) }
    }

    @Test func `Something else is not taken for an archive`() throws {
        expectFormatError(.wrongFormat, "int8.npy", "zip") { _ = try NpzArchive(fixture("int8.npy")) }
        expectFormatError(.unreadable, "nowhere.npz") { _ = try NpzArchive(fixture("nowhere.npz")) }
    }
}
