import Leat
import Testing

@testable import LeatCLI

@Suite struct InspectionTests {
    @Test func `A dataset is described from its index`() throws {
        let folder = try TemporaryFolder()
        _ = try Packing(
            source: try SampleSource(fixture("ragged.npz")), output: folder.file("out"), compression: .gzip(level: 6),
            hashes: [.xxh64, .sha256]
        ).run()
        let inspection = try Inspection(.init(path: folder.file("out")))
        #expect((inspection.samples, inspection.shards) == (3, 1))
        #expect(inspection.compression == ["gz:6"])
        #expect(inspection.hashes == ["sha256", "xxh64"])
        #expect(
            inspection.columns == [
                .init(name: "blob", encoding: "bytes", bytes: nil),
                .init(name: "image", encoding: "ndarray:float32", bytes: nil),
                .init(name: "label", encoding: "uint8", bytes: 1),
                .init(name: "words", encoding: "ndarray:int32", bytes: nil),
            ])
        #expect(inspection.lines[1] == "  3 samples in 1 shard")
        #expect(inspection.lines.last == "  words  ndarray:int32    variable")
    }

    @Test func `Damage is found and named, in every split`() async throws {
        let folder = try TemporaryFolder()
        let out = folder.file("out")
        _ = try Packing(source: try SampleSource(fixture("splits.npz")), output: out).run()
        #expect(try DatasetFolder(out).parts.map(\.split) == ["test", "train"])
        try flip(40, in: "\(out)/train/shard.00000.mds.zstd")
        var problems: [String: [Verification.Problem]] = [:]
        for part in try DatasetFolder(out).parts {
            problems[part.split ?? ""] = try await Verification(part).problems
        }
        #expect(problems["test"] == [])
        #expect(problems["train"]?.count == 1)
        #expect(problems["train"]?.first?.message.contains("shard.00000.mds.zstd") == true)
    }

    @Test func `Sizes are read and written in powers of 1024`() {
        let cases = [
            ("1", 1), ("512b", 512), ("64KB", 65536), ("64MB", 64 << 20), ("1.5GiB", 3 << 29), ("67108864", 64 << 20),
        ]
        for (text, bytes) in cases { #expect(ByteCount(argument: text)?.bytes == bytes) }
        for text in ["", "MB", "0", "-1", "1e3", "12XB", "1 MB", "99999999999GB"] {
            #expect(ByteCount(argument: text) == nil, "\(text)")
        }
        #expect([64 << 20, 1536, 17, 3 << 30].map { "\(ByteCount($0))" } == ["64MB", "1.5KB", "17B", "3GB"])
    }

    @Test func `Counts are grouped and agree with their nouns`() {
        #expect([0, 999, 1000, 60000, -1_234_567].map(\.grouped) == ["0", "999", "1,000", "60,000", "-1,234,567"])
        #expect(counted(1, "shard") == "1 shard")
        #expect(counted(2000, "shard") == "2,000 shards")
    }

    @Test func `The progress line fills its bar`() {
        let line = ProgressLine("out", total: 60_000, isShown: false)
        #expect(line.text(0) == "out [                              ] 0/60,000")
        #expect(line.text(30_000) == "out [===============               ] 30,000/60,000")
        #expect(line.text(60_000) == "out [==============================] 60,000/60,000")
        #expect(ProgressLine("out", total: nil, isShown: false).text(1234) == "out 1,234")
    }

    @Test func `A source that is not packed yet is described by its columns`() async throws {
        let inspections = try SourceInspection.all(try SampleSource(fixture("../webdataset/plain.tar")))
        #expect(inspections.count == 1)
        #expect(inspections.first?.samples == nil)
        #expect(
            inspections.first?.columns.map(\.encoding) == ["bytes", "int64", "str", "ndarray:float32", "str", "str"])
        #expect(inspections.first?.lines.last == "  __key__  str  on request")
        let splits = try SourceInspection.all(try SampleSource(fixture("splits.npz")))
        #expect(splits.map(\.split) == ["train", "test"])
        #expect(splits.first?.lines[1] == "  npz, 3 samples")
        let run = try await leat("inspect", fixture("../tfrecord/plain.tfrecord"), "--json")
        #expect(run.code == 0)
        #expect(run.output.contains("\"format\" : \"tfrecord\""))
        #expect(try await leat("inspect", "/nowhere").code == 1)
    }
}
