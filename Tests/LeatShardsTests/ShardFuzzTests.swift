import Foundation
import LeatCore
import LeatTestSupport
import Testing

@testable import LeatShards

/// The fixtures' files with things wrong in them: there is data or an error, never a trap or a huge allocation.
@Suite struct ShardFuzzTests {
    private static let folders = ["everything", "golden", "limit-678", "merged", "empty-first", "zstd", "gz"]

    private struct Dataset {
        let json: [UInt8]
        let index: ShardIndex
        let shards: [[UInt8]]

        init(_ name: String) throws {
            let folder = try Fixture.path(name)
            func read(_ file: String) throws -> [UInt8] {
                Array(try Data(contentsOf: URL(filePath: folder).appending(path: file)))
            }
            json = try read(ShardIndex.fileName)
            index = try ShardIndex(json: json, path: name)
            shards = try index.shards.map { try read($0.stored.name) }
        }

        /// The shards of one kind in the corpus.
        init(corpus name: String) throws {
            json = try Corpus.bytes("shards/\(name)/\(ShardIndex.fileName)")
            index = try ShardIndex(json: json, path: name)
            shards = try index.shards.map { try Corpus.bytes("shards/\(name)/\($0.stored.name)") }
        }
    }

    private static func datasets() throws -> [Dataset] {
        try folders.map { try Dataset($0) } + Corpus.names(in: "shards").map { try Dataset(corpus: $0) }
    }

    @Test(arguments: try Corpus.seeds("indexes"))
    func `an index of the corpus is read if it is valid, and refused if it is not`(seed: Corpus.Seed) throws {
        if seed.isValid {
            _ = try ShardIndex(json: seed.bytes, path: seed.name)
        } else {
            #expect(throws: ShardError.self) { try ShardIndex(json: seed.bytes, path: seed.name) }
        }
    }

    @Test(arguments: try Corpus.names(in: "shards"))
    func `a shard of the corpus is read if it is valid, and refused if it is not`(name: String) throws {
        let dataset = try Dataset(corpus: name)
        #expect(dataset.shards.count + 1 == (try Corpus.names(in: "shards/\(name)")).count)
        for (bytes, entry) in zip(dataset.shards, dataset.index.shards) {
            let isRead = attempt { try Self.readAll(bytes, entry) } != nil
            #expect(isRead == entry.stored.name.hasPrefix("valid-"), "\(name)/\(entry.stored.name)")
        }
    }

    @Test func `mutated indexes are read or refused`() throws {
        let texts = try Self.datasets().map { $0.json } + Corpus.seeds("indexes").map { $0.bytes }
        var (accepted, scanned) = (0, 0)
        for number in 0..<Fuzzing.count(20_000) {
            var random = Fuzzing.generator(number)
            guard let json = texts.randomElement(using: &random) else { continue }
            let bytes = Fuzzing.mutate(json, &random)
            if let text = IndexScanner.read(bytes) {
                scanned += 1
                #expect(text == (try? JSONDecoder().decode(IndexText.self, from: Data(bytes))), "\(bytes)")
            }
            guard let index = attempt({ try ShardIndex(json: bytes, path: "index") }) else { continue }
            accepted += 1
            #expect(index.shards.allSatisfy { $0.sampleCount >= 0 && $0.raw.byteCount >= 0 })
        }
        #expect(accepted > 0 && scanned > 0)
    }

    @Test func `an index as it is written is scanned, and one with anything unusual is left to Foundation`() throws {
        for name in Self.folders where name != "everything" {
            #expect(IndexScanner.read(try Dataset(name).json) != nil, "\(name)")
        }
        let file = #"{"basename":"a.mds","bytes":9,"hashes":{}}"#
        let shard =
            #"{"version":2,"format":"mds","hashes":[],"column_names":["x"],"column_encodings":["int"],"#
            + #""column_sizes":[8],"samples":0,"compression":null,"size_limit":1,"raw_data":\#(file),"zip_data":null}"#
        let plain = #"{"version":2,"other":"x","shards":[\#(shard)]}"#
        #expect(IndexScanner.read(Array(plain.utf8)) != nil)
        for (part, other) in [
            ("a.mds", "\\u0061.mds"), ("\"bytes\":9", "\"bytes\":9.0"), ("\"bytes\":9", "\"bytes\":9e0"),
            ("\"bytes\":9", "\"bytes\":09"), ("\"bytes\":9", "\"bytes\":9,\"bytes\":8"),
            ("\"bytes\":9", "\"bytes\":null"),
            ("\"x\",\"shards\"", "[[]],\"shards\""), ("\"samples\":0,", ""), ("null,\"size", "nul,\"size"),
            ("9,", "9223372036854775808,"), ("9,", "- 9,"), ("]}", "]} 1"), ("{}", "{\"a\":1}"),
            ("{}", "{\"a\":\"1\",\"a\":\"2\"}"),
        ] {
            let text = plain.replacing(part, with: other, maxReplacements: 1)
            #expect(text != plain && IndexScanner.read(Array(text.utf8)) == nil, "\(text)")
        }
    }

    @Test func `what only Foundation would call JSON is refused before it is asked`() throws {
        let deep = "[" + String(repeating: "\u{122}\",", count: 3) + String(repeating: "[", count: 600)
        let wide: [UInt8] = deep.utf16.reduce(into: []) { $0 += [UInt8($1 & 255), UInt8($1 >> 8)] }
        let texts: [[UInt8]] = [wide, [0xFE, 0xFF, 0, 0x5B]]
        for text in texts { #expect(throws: ShardError.self) { try ShardIndex(json: text, path: "index") } }
    }

    @Test func `mutated shards are read or refused`() throws {
        let datasets = try Self.datasets()
        var accepted = 0
        for number in 0..<Fuzzing.count(100_000) {
            var random = Fuzzing.generator(number)
            guard let dataset = datasets.randomElement(using: &random),
                let place = dataset.shards.indices.randomElement(using: &random)
            else { continue }
            let bytes = Fuzzing.mutate(dataset.shards[place], &random)
            if attempt({ try Self.readAll(bytes, dataset.index.shards[place]) }) != nil { accepted += 1 }
        }
        #expect(accepted > 0)
    }

    /// Unpacks a shard's bytes and reads its samples, as the loader does after the hashes.
    private static func readAll(_ bytes: [UInt8], _ entry: ShardIndex.Entry) throws {
        let memory: ShardMemory
        if entry.zip == nil {
            memory = try ShardMemory(byteCount: bytes.count)
            memory.withBytes { $0.copyBytes(from: bytes) }
        } else {
            memory = try ShardMemory(byteCount: entry.raw.byteCount)
            try bytes.withUnsafeBytes { input in
                try memory.withBytes { output throws(Malformed) in
                    try entry.compression.unpack(input, into: output)
                }
            }
        }
        let shard = try Shard(
            memory: memory, layout: ShardLayout(entry.columns), sampleCount: entry.sampleCount, path: "shard")
        for sample in 0..<min(shard.sampleCount, 3) { _ = try shard.sample(at: sample) }
        for column in shard.columns where column.encoding.hasTensor { _ = try? shard.tensor(ofColumn: column.name) }
    }

    /// The result, or nil where an error of ours was thrown.
    private func attempt<Value>(_ body: () throws -> Value) -> Value? {
        do { return try body() } catch {
            #expect(error is ShardError || error is Malformed, "\(error)")
            return nil
        }
    }
}
