import LeatCore
import LeatFormats
import Testing

@Suite struct CSVTests {
    private func read(
        _ text: String, name: String = "x.csv", header: CSVReader.Header = .automatic, blockSize: Int = 2
    ) throws -> [String: [Column]] {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: name)
        return try readAll(try CSVReader(path, header: header), blockSize: blockSize)
    }

    @Test func `Column types are found from all records`() throws {
        let columns = try read("a,b,c,d\n1,1.5,x,1\n-2,3,,2\n+30,-1e3,z z,oops\n")
        #expect(columns["a"]?.tensor == Tensor([Int64(1), -2, 30]))
        #expect(columns["b"]?.tensor == Tensor([1.5, 3, -1000]))
        #expect(columns["c"]?.texts == ["x", "", "z z"])
        #expect(columns["d"]?.texts == ["1", "2", "oops"])
    }

    @Test func `A missing number is NaN and makes a column of whole numbers float`() throws {
        let values = try #require(try read("a,b\n1,2\n,3\nnan,4\n")["a"]?.tensor).elements(as: Double.self)
        #expect(values[0] == 1)
        #expect(values[1].isNaN && values[2].isNaN)
    }

    @Test func `Numbers that would lose digits stay text`() throws {
        let columns = try read(
            """
            huge,wide,least,hex
            9223372036854775808,9007199254740993,-9223372036854775808,0x10
            1,0.5,9223372036854775807,1
            """)
        #expect(columns["huge"]?.texts == ["9223372036854775808", "1"])
        #expect(columns["wide"]?.texts == ["9007199254740993", "0.5"])
        #expect(columns["least"]?.tensor == Tensor([Int64.min, .max]))
        #expect(columns["hex"]?.texts == ["0x10", "1"])
    }

    @Test func `Quoted fields hold delimiters, quotes and line ends`() throws {
        let columns = try read("a,b\r\n\"x, \"\"y\"\"\r\nz\",\"\"\r\n\"12\",end\r\n")
        #expect(columns["a"]?.texts == ["x, \"y\"\r\nz", "12"])
        #expect(columns["b"]?.texts == ["", "end"])
    }

    @Test func `The first record is a header unless it is all numbers`() throws {
        #expect(try read("5,6\n7,8\n")["column1"]?.tensor == Tensor([Int64(6), 8]))
        #expect(try read("5,6\n7,8\n", header: .present)["6"]?.tensor == Tensor([Int64(8)]))
        #expect(try read("a,b\n7,8\n", header: .absent)["column0"]?.texts == ["a", "7"])
        #expect(try read(",b\nx,8\n")["column0"]?.texts == ["x"])
    }

    @Test func `Byte order mark, empty lines, tabs and a missing last line end are taken`() throws {
        let columns = try read("\u{FEFF}a\tb\n\n1\tx,y\n\n2\tz", name: "x.tsv")
        #expect(columns["a"]?.tensor == Tensor([Int64(1), 2]))
        #expect(columns["b"]?.texts == ["x,y", "z"])
    }

    @Test func `A quoted empty field is a record of its own`() throws {
        #expect(try read("a\n\"\"\nx\n")["a"]?.texts == ["", "x"])
    }

    @Test func `Fields that straddle the reader's blocks are whole`() throws {
        let rows = (0..<30_000).map { "\($0),\"text, number \($0)\"" }
        let columns = try read("id,t\n" + rows.joined(separator: "\n"), blockSize: 1000)
        #expect(columns["id"]?.tensor == Tensor((0..<30_000).map { Int64($0) }))
        #expect(columns["t"]?.texts == (0..<30_000).map { "text, number \($0)" })
    }

    @Test func `Damage is named with its line`() throws {
        let folder = try TemporaryFolder()
        let cases: [(String, FormatError.Code, String)] = [
            ("a,b\n1,2\n3\n", .corrupt, "line 3"), ("a,b\n1,\"x\n\n", .truncated, "line 2"),
            ("a,b\n1,\"x\"y\n", .corrupt, "line 2"), ("", .truncated, "no records"), ("a,a\n1,2\n", .corrupt, "alike"),
        ]
        for (text, code, words) in cases {
            let path = try folder.write(text, to: "bad.csv")
            expectFormatError(code, "bad.csv", words) { _ = try CSVReader(path) }
        }
        let path = try folder.write([0x61, 0x0A, 0xFF, 0xFE, 0x0A], to: "latin.csv")
        expectFormatError(.corrupt, "latin.csv", "UTF-8", "line 2") { _ = try CSVReader(path).read(9) }
    }

    @Test func `Only a header is a file without samples`() throws {
        let folder = try TemporaryFolder()
        let reader = try CSVReader(try folder.write("a,b\n", to: "x.csv"))
        #expect(reader.count == 0)
        #expect(try reader.read(5).allSatisfy { $0.count == 0 })
    }
}
