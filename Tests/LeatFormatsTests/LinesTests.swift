import Foundation
import LeatCore
import LeatPipeline
import Testing

@testable import LeatFormats

@Suite struct LinesTests {
    @Test func `Lines of text are samples, whatever ends them`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([0xEF, 0xBB, 0xBF] + Array("one\r\n\ntwo é\nthree".utf8), to: "x.txt")
        let source = try SampleSource(path)
        #expect(source.format == .lines)
        #expect(try readAll(try source.reader(), blockSize: 3)["text"]?.texts == ["one", "", "two é", "three"])
        var texts: [String] = []
        for try await sample in source.stream() { texts.append(try sample.text("text")) }
        #expect(texts == ["one", "", "two é", "three"])
        let long = String(repeating: "x", count: 200_000)
        let lines = try TextLinesReader([try folder.write("\(long)\n\(long)y\n", to: "long.txt")]).read(9)
        #expect(lines == [.text([long, long + "y"])])
        expectFormatError(.corrupt, "line 2", "UTF-8") {
            _ = try TextLinesReader([try folder.write([0x61, 0x0A, 0xFF], to: "odd.txt")]).read(9)
        }
    }

    @Test func `Members of objects become columns of their kind`() throws {
        let folder = try TemporaryFolder()
        let text = """
            {"i": 1, "f": 1.5, "mixed": 1, "b": true, "t": "a\\u00e9\\n\\ud83d\\ude00", "o": {"k": [1, "x"]}, "v": [1, 2], "m": [[1], [2.5]], "r": [1]}

            {"f": null, "i": -2, "mixed": 2.5, "b": false, "t": "", "o": {}, "v": [3, 4], "m": [[3], [4]], "r": []}
            {"i": 9007199254740993, "f": 3, "mixed": 4, "b": true, "t": "z", "o": { }, "v": [5, 6], "m": [[0], [0]]}
            """
        let source = try SampleSource(try folder.write(text, to: "x.jsonl"))
        #expect(source.format == .jsonl)
        let reader = try source.reader()
        #expect(reader.count == 3)
        #expect(
            reader.columns == [
                ColumnDescription("i", .numbers(.int64, [])), ColumnDescription("f", .numbers(.float64, [])),
                ColumnDescription("mixed", .numbers(.float64, [])), ColumnDescription("b", .numbers(.uint8, [])),
                ColumnDescription("t", .text), ColumnDescription("o", .text),
                ColumnDescription("v", .numbers(.int64, [2])),
                ColumnDescription("m", .numbers(.float64, [2, 1])), ColumnDescription("r", .ragged(.int64)),
            ])
        let blocks = try readAll(reader, blockSize: 2)
        #expect(blocks["i"]?.tensor == Tensor([1, -2, 9_007_199_254_740_993] as [Int64]))
        #expect(blocks["f"]?.tensor == Tensor([1.5, .nan, 3]))
        #expect(blocks["mixed"]?.tensor == Tensor([1, 2.5, 4]))
        #expect(blocks["b"]?.tensor == Tensor([1, 0, 1] as [UInt8]))
        #expect(blocks["t"]?.texts == ["aé\n😀", "", "z"])
        #expect(blocks["o"]?.texts == [#"{"k": [1, "x"]}"#, "{}", "{ }"])
        #expect(blocks["v"]?.tensor == (try Tensor([1, 2, 3, 4, 5, 6] as [Int64], shape: [3, 2])))
        #expect(blocks["m"]?.tensor == (try Tensor([1, 2.5, 3, 4, 0, 0], shape: [3, 2, 1])))
        #expect(blocks["r"]?.rows == [Tensor([1] as [Int64]), Tensor([] as [Int64]), Tensor([] as [Int64])])
    }

    private static let meaningless: [(text: String, words: (String, String))] = [
        ("{\"a\": 1}\n{\"a\": \"x\"}", ("line 2", "another kind")),
        ("{\"a\": \"x\"}\n{}", ("'a'", "missing in some")),
        ("{\"a\": null}", ("'a'", "null in all")),
        ("{\"a\": [1, [2]]}", ("line 1", "no array")),
        ("{\"a\": [\"x\"]}", ("line 1", "no array")),
        ("{\"a\": [1]}\n{\"a\": 1}", ("line 2", "no list")),
    ]

    @Test(arguments: 0..<meaningless.count) func `What has no meaning as a column is named`(number: Int) throws {
        let (text, words) = Self.meaningless[number]
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "x.ndjson")
        expectFormatError(.unsupported, words.0, words.1) { _ = try SampleSource(path).reader() }
    }

    @Test(arguments: [
        "[1]", "{", #"{"a" 1}"#, #"{"a": 1} x"#, #"{"a": tru}"#, #"{"a": 1.}"#, #"{"a": "\x"}"#, #"{"a": "\ud800"}"#,
        "{\"a\": \"\u{1}\"}",
    ])
    func `What is no object is refused with its line`(line: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("{\"a\": 1}\n\(line)\n", to: "x.jsonl")
        expectFormatError(line == "[1]" ? .wrongFormat : .corrupt, "line 2", "x.jsonl") {
            _ = try SampleSource(path).reader()
        }
    }

    @Test func `Members can be chosen, and files compressed`() throws {
        let folder = try TemporaryFolder()
        let bytes = Array("{\"a\": 1, \"b\": [\"odd\"]}\n".utf8)
        let file = try OutputFile(folder.file("x.jsonl.gz"))
        for _ in 0..<1000 { try file.write(bytes) }
        try file.close()
        let reader = try SampleSource(folder.file("x.jsonl.gz")).reader(columns: [ColumnChoice("a", as: "y")])
        #expect(try readAll(reader, blockSize: 300)["y"]?.tensor == Tensor([Int64](repeating: 1, count: 1000)))
        expectFormatError(.missing, "'c'") {
            _ = try SampleSource(folder.file("x.jsonl.gz")).reader(columns: [ColumnChoice("c")])
        }
    }

    @Test func `A small file of zstd may hold a lot`() throws {
        // 100,000 lines, by zstd -3.
        let content: [UInt8] = [
            0x28, 0xB5, 0x2F, 0xFD, 0x04, 0x58, 0x64, 0x00, 0x00, 0x20, 0x61, 0x62, 0x63, 0x0A, 0x01, 0x00, 0xF9, 0xFF,
            0xE7, 0x8E, 0x08, 0x4C, 0x00, 0x00, 0x08, 0x61, 0x01, 0x00, 0xFC, 0xFF, 0x39, 0x10, 0x02, 0x4C, 0x00, 0x00,
            0x08, 0x61, 0x01, 0x00, 0xFC, 0xFF, 0x39, 0x10, 0x02, 0x45, 0x00, 0x00, 0x08, 0x61, 0x01, 0x00, 0x7C, 0xDA,
            0x03, 0x21, 0xCD, 0x85, 0xF6, 0x7C,
        ]
        let folder = try TemporaryFolder()
        for copies in 1...2 {
            let path = try folder.write(Array(repeating: content, count: copies).flatMap { $0 }, to: "x.txt.zst")
            let texts = try #require(try readAll(try SampleSource(path).reader(), blockSize: 5000)["text"]).texts
            #expect(texts.count == copies * 100_000)
            #expect(Set(texts) == ["abc"])
        }
        let cut = try folder.write(content.dropLast(), to: "cut.txt.zst")
        expectFormatError(.truncated, "cut.txt.zst") {
            _ = try readAll(try SampleSource(cut).reader(), blockSize: 9999)
        }
    }

    @Test func `JSON holds against any bytes`() throws {
        let text = Array(#" {"a": [1, -2.5e3, true, null], "b": {"c": "x\u00e9\"\\"}, "d": NaN, "e": -Infinity} "#.utf8)
        #expect(throws: Never.self) { try JSONParser.parse(text) }
        #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse([UInt8](repeating: 0x5B, count: 100_000)) }
        #expect(throws: JSONParser.Malformed.self) { try JSONParser.parse([]) }
        var random = PhiloxGenerator(seed: 2)
        for _ in 0..<5000 { _ = try? JSONParser.parse(mutated(text, &random)) }
    }
}
