import Foundation
import Leat
import Testing

@testable import LeatCLI

@Suite struct PackingTests {
    private func source(_ folder: borrowing TemporaryFolder, rows: Int = 3) throws -> SampleSource {
        let x = try Tensor((0..<rows * 2).map { Float($0) }, shape: [rows, 2])
        try Npz.write(["x": x], to: folder.file("in.npz"))
        return try SampleSource(folder.file("in.npz"))
    }

    @Test func `What was made is said`() throws {
        let folder = try TemporaryFolder()
        let results = try Packing(source: try source(folder), output: folder.file("out")).run()
        #expect(results.count == 1)
        let result = try #require(results.first)
        let shard = try #require(try ShardIndex(folder: folder.file("out")).shards.first)
        #expect(result.path == folder.file("out"))
        #expect((result.samples, result.shards) == (3, 1))
        #expect((result.rawBytes, result.storedBytes) == (shard.raw.byteCount, shard.stored.byteCount))
        #expect(shard.compression == .zstd(level: 3))
        #expect(shard.hashNames == ["xxh64"])
    }

    @Test func `A folder with something in it is left alone unless it may be replaced`() async throws {
        let folder = try TemporaryFolder()
        let source = try source(folder)
        try folder.write([1], to: "out/notes")
        let before = folder.contents
        expect("'notes'", "--force") { _ = try Packing(source: source, output: folder.file("out")).run() }
        #expect(folder.contents == before)

        _ = try Packing(source: source, output: folder.file("out"), isReplacing: true).run()
        #expect(try bytes(of: folder.file("out/notes")) == [1])
        #expect(try ShardIndex(folder: folder.file("out")).sampleCount == 3)
    }

    @Test func `A replaced dataset leaves no shard or split behind`() throws {
        let folder = try TemporaryFolder()
        let divided = try SampleSource(fixture("splits.npz"))
        let output = folder.file("out/")
        _ = try Packing(source: divided, output: output).run()
        let many = try source(folder, rows: 100)
        _ = try Packing(source: many, output: output, compression: .none, sizeLimit: 500, isReplacing: true).run()
        #expect(!folder.contents.contains { $0.contains("train") })
        #expect(try ShardIndex(folder: output).shards.count > 2)
        _ = try Packing(source: divided, output: output, isReplacing: true).run()
        #expect(
            folder.contents == [
                "in.npz", "out", "out/test", "out/test/index.json", "out/test/shard.00000.mds.zstd", "out/train",
                "out/train/index.json", "out/train/shard.00000.mds.zstd",
            ])
    }

    @Test func `A replacement that can't be put in its place leaves what was there`() throws {
        let folder = try TemporaryFolder()
        _ = try Packing(source: try source(folder), output: folder.file("out")).run()
        // The new dataset has a folder of this name.
        try folder.write([1], to: "out/train")
        let before = folder.contents
        let index = try bytes(of: folder.file("out/index.json"))
        let divided = try SampleSource(fixture("splits.npz"))
        expect("can't be moved", "as it was") {
            _ = try Packing(source: divided, output: folder.file("out"), isReplacing: true).run()
        }
        #expect(folder.contents == before)
        #expect(try bytes(of: folder.file("out/index.json")) == index)
    }

    @Test func `A run that is under way is left alone, one that was killed is cleared away`() throws {
        let folder = try TemporaryFolder()
        // Process 1 is always there; no process has a number this high.
        try folder.write([1], to: "out/.leat-pack-1/shard")
        try folder.write([1], to: "out/.leat-pack-2147483646/shard")
        _ = try Packing(source: try source(folder), output: folder.file("out"), isReplacing: true).run()
        #expect(folder.contents.contains("out/.leat-pack-1/shard"))
        #expect(!folder.contents.contains { $0.contains("2147483646") })
    }

    @Test func `A source that breaks off leaves what was there`() async throws {
        let folder = try TemporaryFolder()
        _ = try Packing(source: try source(folder), output: folder.file("out")).run()
        let before = try bytes(of: folder.file("out/shard.00000.mds.zstd"))
        try IDX.write(Tensor((0..<20_000).map { Int32($0 &* 7919) }), to: folder.file("numbers.idx.gz"))
        let cut = try folder.write(try bytes(of: folder.file("numbers.idx.gz")).dropLast(2000), to: "cut.idx.gz")
        let packing = Packing(
            source: try SampleSource(cut), output: folder.file("out"), sizeLimit: 4000, isReplacing: true)
        expect("cut.idx.gz", "truncated") { _ = try packing.run() }
        #expect(try bytes(of: folder.file("out/shard.00000.mds.zstd")) == before)
        #expect(folder.contents.count { $0.hasPrefix("out") } == 3)
    }

    @Test func `One split goes straight into the folder`() throws {
        let folder = try TemporaryFolder()
        let source = try SampleSource(fixture("splits.npz"))
        let results = try Packing(source: source, output: folder.file("out"), split: "test").run()
        #expect(results.map(\.split) == [nil])
        #expect(try ShardIndex(folder: folder.file("out")).sampleCount == 2)
        expect("'val'") { _ = try Packing(source: source, output: folder.file("other"), split: "val").run() }
    }

    @Test func `Nothing to pack is an error`() throws {
        let folder = try TemporaryFolder()
        try Npz.write(["x": Tensor(zeros: [0, 2])], to: folder.file("none.npz"))
        try Npz.write(["x": Tensor(zeros: [2, 0])], to: folder.file("thin.npz"))
        for (file, words) in [("none.npz", "no samples"), ("thin.npz", "no values")] {
            expect(file, words) {
                _ = try Packing(source: try SampleSource(folder.file(file)), output: folder.file("out")).run()
            }
        }
    }

    /// Expects a `FormatError` with all the words.
    private func expect(
        _ words: String..., sourceLocation: SourceLocation = #_sourceLocation, body: () throws -> Void
    ) {
        let error = #expect(throws: FormatError.self, sourceLocation: sourceLocation) { try body() }
        for word in words { #expect(error?.message.contains(word) == true, sourceLocation: sourceLocation) }
    }

    @Test func `What a killed process was making is gone on with by one that makes the same`() throws {
        let folder = try TemporaryFolder()
        for (task, isKept) in [("this", true), ("that", false)] {
            // No process has this number.
            let left = "data-\(task)/.leat-pack-\(Int32.max)"
            try folder.write(Array("this".utf8), to: left + "/task")
            try folder.write([1], to: left + "/part")
            let output = try OutputFolder(folder.file("data-\(task)"), isReplaced: false, task: task)
            #expect(FileManager.default.fileExists(atPath: output.stagingPath + "/part") == isKept)
            #expect(!FileManager.default.fileExists(atPath: folder.file(left)))
        }
    }

    @Test func `What a process of the same number has left behind is gone on with, and not lost to a mistake`() throws {
        let folder = try TemporaryFolder()
        // As in a container, where a program has the same number each time.
        let left = "data/.leat-pack-\(getpid())"
        try folder.write(Array("this".utf8), to: left + "/task")
        try folder.write([1], to: left + "/part")
        try folder.write([1], to: "data/other")
        #expect(throws: FormatError.self) {
            _ = try OutputFolder(folder.file("data"), isReplaced: false, task: "this")
        }
        #expect(folder.contents.contains(left + "/part"))
        let output = try OutputFolder(folder.file("data"), isReplaced: true, task: "this")
        #expect(FileManager.default.fileExists(atPath: output.stagingPath + "/part"))
    }

    @Test func `A source is another one when a file of it changes`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write([1, 2, 3], to: "data/a")
        let (whole, one) = (SourceIdentity(folder.file("data")).text, SourceIdentity(file).text)
        #expect(SourceIdentity(folder.file("data")).text == whole && SourceIdentity(file).text == one && whole != one)
        try folder.write([1, 2, 3, 4], to: "data/a")
        #expect(SourceIdentity(folder.file("data")).text != whole && SourceIdentity(file).text != one)
    }
}
