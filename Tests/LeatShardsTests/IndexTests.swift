import Foundation
import Testing

@testable import LeatShards

@Suite struct IndexTests {
    /// A complete index with one shard; tests replace a piece of it.
    private static let good = #"""
        {"shards": [{"column_encodings": ["ndarray:uint8:4,4", "int"], "column_names": ["x", "y"], "column_sizes": [16, 8], "compression": "zstd", "format": "mds", "hashes": [], "raw_data": {"basename": "shard.00000.mds", "bytes": 700, "hashes": {}}, "samples": 17, "size_limit": 700, "version": 2, "zip_data": {"basename": "shard.00000.mds.zstd", "bytes": 390, "hashes": {}}}], "version": 2}
        """#

    private func parse(_ text: String) throws -> ShardIndex {
        try ShardIndex(json: Array(text.utf8), path: "index.json")
    }

    @Test func `An index is written as it was read`() throws {
        #expect(try parse(Self.good).json == Self.good)
    }

    @Test(
        "An index that contradicts itself is refused",
        arguments: [
            ("\"version\": 2}", "\"version\": 3}", ShardError.Code.badIndex, "version 3"),
            ("\"version\": 2, \"zip", "\"version\": 1, \"zip", .badIndex, "version 1"),
            ("\"mds\"", "\"csv\"", .badIndex, "csv"),
            ("\"zstd\"", "\"bz2\"", .unknownCompression, "bz2"),
            ("\"zstd\"", "\"zstd:23\"", .unknownCompression, "zstd:23"),
            ("\"zstd\"", "null", .badIndex, "compression"),
            ("\"int\"", "\"pkl\"", .unsafeEncoding, "pickles"),
            ("\"int\"", "\"pil\"", .unknownEncoding, "pil"),
            ("ndarray:uint8:4,4", "ndarray:uint8:4,0", .unknownEncoding, "4,0"),
            ("ndarray:uint8:4,4", "ndarray:uint8:4,-4", .unknownEncoding, "4,-4"),
            ("ndarray:uint8:4,4", "ndarray:uint8:9223372036854775807,3", .unknownEncoding, "9223372036854775807"),
            ("ndarray:uint8:4,4", "ndarray:uint8:4294967296,4294967296", .unknownEncoding, "4294967296"),
            ("ndarray:uint8:4,4", "ndarray:complex64:4", .unknownEncoding, "complex64"),
            ("[16, 8]", "[16, 4]", .badIndex, "size 4"),
            ("[16, 8]", "[16, null]", .badIndex, "size null"),
            ("[16, 8]", "[16]", .badIndex, "1 sizes"),
            ("[\"x\", \"y\"]", "[\"x\", \"x\"]", .badIndex, "same name"),
            ("[\"x\", \"y\"]", "[\"x\"]", .badIndex, "1 column names"),
            ("\"samples\": 17", "\"samples\": -1", .badIndex, "-1"),
            ("\"samples\": 17", "\"samples\": 1000", .badIndex, "can't hold 1000 samples"),
            ("\"samples\": 17", "\"samples\": 9223372036854775807", .badIndex, "can't hold"),
            ("\"samples\": 17", "\"samples\": 1e300", .badIndex, "not whole"),
            ("\"samples\": 17", "\"samples\": 1.5", .badIndex, "not whole"),
            ("\"samples\": 17", "\"samples\": \"17\"", .badIndex, "`shards[0].samples`"),
            ("\"samples\": 17, ", "", .badIndex, "no `samples`"),
            ("\"bytes\": 700", "\"bytes\": -700", .badIndex, "-700"),
            ("\"bytes\": 700", "\"bytes\": 4294967296", .badIndex, "can't hold"),
            ("\"bytes\": 700", "\"bytes\": 60000000", .badIndex, "can't unpack"),
            ("\"bytes\": 390", "\"bytes\": -1", .badIndex, "-1"),
            ("\"shard.00000.mds.zstd\"", "\"/etc/passwd\"", .badIndex, "leads out"),
            ("\"shard.00000.mds.zstd\"", "\"../shard\"", .badIndex, "leads out"),
            ("\"shard.00000.mds.zstd\"", "\"a/../../shard\"", .badIndex, "leads out"),
            ("\"shard.00000.mds.zstd\"", "\"a//b\"", .badIndex, "leads out"),
            ("\"shard.00000.mds.zstd\"", "\"\"", .badIndex, "leads out"),
            ("\"shard.00000.mds.zstd\"", "\"a\\u0000b\"", .badIndex, "leads out"),
            ("{\"shards\"", "{\"shards\"{", .badIndex, "not JSON"),
        ] as [(String, String, ShardError.Code, String)])
    func contradictions(old: String, new: String, code: ShardError.Code, words: String) throws {
        try #require(Self.good.contains(old))
        do {
            _ = try parse(Self.good.replacingOccurrences(of: old, with: new))
            Issue.record("not refused")
        } catch {
            let error = try #require(error as? ShardError)
            #expect(error.code == code)
            #expect(error.description.contains(words))
            #expect(error.file == "index.json")
        }
    }

    /// Entries that share some of their settings with the one before, and no more.
    private static let varied: [String] = {
        func shard(
            _ number: Int, names: String = #"["x", "y"]"#, sizes: String = "[16, 8]", hashes: String = "[]",
            recorded: String = "{}", zip: String = "null", limit: String = "700", other: String = "int"
        ) -> String {
            let encodings = #"["ndarray:uint8:4,4", "\#(sizes.contains("null") ? "str" : other)"]"#
            let file = #"{"basename": "a/shard.\#(number).mds\#(zip == "null" ? "" : ".zstd")", "bytes": 690, "#
            return #"{"column_encodings": \#(encodings), "column_names": \#(names), "column_sizes": \#(sizes), "#
                + #""compression": \#(zip), "format": "mds", "hashes": \#(hashes), "raw_data": {"basename": "#
                + #""a/shard.\#(number).mds", "bytes": 700, "hashes": \#(recorded)}, "samples": \#(number), "#
                + #""size_limit": \#(limit), "version": 2, "zip_data": "#
                + (zip == "null" ? "null}" : file + #""hashes": \#(recorded)}}"#)
        }
        let (one, other) = (#"{"xxh64": "00ff066f1b6d5483"}"#, #"{"xxh3_64": "fd066f1b6d5483a5"}"#)
        let several = #"{"sha1": "da39a3ee5e6b4b0d3255bfef95601890afd80709", "xxh64": "00ff066f1b6d5483"}"#
        return [
            shard(0), shard(1), shard(2, names: #"["x", "z"]"#), shard(3, names: #"["x", "z"]"#, sizes: "[16, null]"),
            shard(4, hashes: #"["xxh64"]"#, recorded: one), shard(5, hashes: #"["xxh64"]"#, recorded: other),
            shard(6, hashes: #"["sha1", "xxh64"]"#, recorded: several), shard(7, zip: #""zstd:3""#),
            shard(8, recorded: one, zip: #""zstd""#), shard(9, zip: #""gz""#, limit: "null"),
            shard(10, recorded: #"{"xxh64": "00ff"}"#), shard(11, recorded: #"{"other": "00ff066f1b6d5483"}"#),
            shard(12), shard(13, limit: "701"), shard(14, other: "int64"),
        ]
    }()

    @Test func `Each shard keeps what is its own, whatever the ones beside it have`() throws {
        for step in 1..<Self.varied.count {
            // Each of them comes after several others.
            let order = Self.varied.indices.map { $0 * step % Self.varied.count }
            let text = #"{"shards": [\#(order.map { Self.varied[$0] }.joined(separator: ", "))], "version": 2}"#
            let index = try parse(text)
            #expect(index.json == text)
            #expect(index.shards.map(\.sampleCount) == order)
            #expect(index.shards.map { $0.raw.name } == order.map { "a/shard.\($0).mds" })
            // What the scanner leaves to Foundation says the same.
            let odd = text.replacingOccurrences(of: #""version": 2}"#, with: #""version": 2.0}"#)
            #expect(IndexScanner.read(Array(text.utf8)) != nil && IndexScanner.read(Array(odd.utf8)) == nil)
            #expect(try parse(odd) == index)
            #expect(index.fingerprint == ShardHash.xxh64.digest(ofText: text))
        }
    }

    @Test func `A dataset is known by its fingerprint, however its index is spelt`() throws {
        let folder = try TemporaryFolder()
        let entries = "[\(Self.varied.joined(separator: ", "))]"
        let text = #"{"shards": \#(entries), "version": 2}"#
        let fingerprint = try parse(text).fingerprint
        try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
        for (spelling, isTheSame) in [
            (text, true), (#"{ "version": 2, "shards": \#(entries)}"#, true),
            (text.replacingOccurrences(of: "shard.7.", with: "shard.13."), false),
        ] {
            try Data(spelling.utf8).write(to: URL(filePath: folder.data + "/index.json"))
            let read = try ShardIndex.read(folder: folder.data, fingerprint: fingerprint)
            #expect(read.isTheSame == isTheSame)
            #expect(try read.index == parse(spelling))
        }
    }

    @Test func `A digest is the same in upper and lower case, as a number and as text`() throws {
        let digest = "0aFD066f1b6D5483"
        let upper = RecordedHashes(["xxh64": digest])
        #expect(upper == .one(.xxh64, 0x0AFD_066F_1B6D_5483))
        #expect(upper == RecordedHashes(["xxh64": digest.lowercased()]))
        #expect(upper.texts == ["xxh64": digest.lowercased()])
        for (name, text) in [
            ("xxh64", "0aFD066f1b6D548"), ("xxh64", "0aFD066f1b6D54830"), ("xxh64", "0aFD066f1b6D548g"),
            ("xxh64", "+aFD066f1b6D5483"), ("sha1", digest), ("XXH64", digest), ("xxh64", ""),
        ] {
            #expect(RecordedHashes([name: text]) == .texts([name: text.lowercased()]))
        }
        #expect(RecordedHashes([:]) == .none && RecordedHashes([:]).texts == [:])
        let two = ["xxh64": digest.lowercased(), "xxh3_64": digest.lowercased()]
        #expect(RecordedHashes(two).texts == two)
    }

    @Test func `Nothing, something else than an object, and deep nesting are no index`() throws {
        for text in ["", "[]", "null", "2", "{}", "\u{FEFF}", String(repeating: "[", count: 100_000)] {
            #expect(throws: ShardError.self) { try parse(text) }
        }
    }

    @Test func `Sample counts can't overflow`() throws {
        let start = try #require(Self.good.firstIndex(of: "["))
        let end = try #require(Self.good.lastIndex(of: "]"))
        let shard = Self.good[Self.good.index(after: start)..<end]
        let many =
            "{\"shards\": [" + Array(repeating: String(shard), count: 1000).joined(separator: ", ")
            + "], \"version\": 2}"
        #expect(try parse(many).sampleCount == 17_000)
    }

    @Test func `Text is written as Python writes it`() {
        let text = PythonJSON.object([
            ("b", .null), ("a\u{1}\u{7F}é🌍\"\\\n", .array([.int(-1), .string("")])), ("Z", .int(0)),
        ])
        #expect(text.text == #"{"Z": 0, "a\u0001\u007f\u00e9\ud83c\udf0d\"\\\n": [-1, ""], "b": null}"#)
    }

    @Test func `Encodings keep their names`() {
        for name in [
            "bytes", "jpeg", "png", "str", "json", "str_int", "str_float", "str_decimal", "int", "uint8", "float16",
            "ndarray", "ndarray:float64", "ndarray:int8:1", "ndarray:uint16:2,3,4",
        ] { #expect(ShardEncoding(name: name)?.name == name) }
        for name in [
            "", "ndarray:", "ndarray::3", "ndarray:int8:", "ndarray:int8:3,", "ndarray:int8:3:4", "list[jpeg]",
        ] {
            #expect(ShardEncoding(name: name) == nil)
        }
    }

    @Test func `Half precision agrees with the hardware's`() {
        for bits in 0...UInt16.max {
            let value = Double(Float16(bitPattern: bits))
            #expect(HalfPrecision.double(bits) == value || value.isNaN)
            if !value.isNaN { #expect(HalfPrecision.bits(value) == bits) }
        }
        for value in [65519.9, 65520, 1e-8, 2.98e-8, 2.99e-8, 6.1e-5, 0.1, 1 / 3.0, 2049, 2051] {
            #expect(HalfPrecision.bits(value) == Float16(value).bitPattern)
        }
    }
}

extension ShardHash {
    fileprivate func digest(ofText text: String) -> String { Array(text.utf8).withUnsafeBytes { digest(of: $0) } }
}
