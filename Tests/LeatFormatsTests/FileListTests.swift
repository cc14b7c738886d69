import LeatCore
import LeatPipeline
import Testing

@testable import LeatFormats

@Suite struct FileListTests {
    @Test func `Braces stand for what they do in a shell`() throws {
        #expect(
            try FileList.expanded("a{1,x}b{08..10}.tar")
                == ["1", "x"].flatMap { a in ["08", "09", "10"].map { "a\(a)b\($0).tar" } })
        #expect(try FileList.expanded("{9..11}") == ["9", "10", "11"])
        for plain in ["a.tar", "a{1", "a}1", ""] { #expect(try FileList.expanded(plain) == [plain]) }
        #expect(try FileList.expanded("{a..c}{3..1}") == ["a..c3..1"])
        expectFormatError(.invalidArgument, "million") { _ = try FileList.expanded("{0..9999999}") }
        expectFormatError(.invalidArgument, "million") { _ = try FileList.expanded("{0..9999}{0..9999}") }
    }

    @Test func `Files are splits where all their names begin with one`() {
        let splits = FileList.splits(["d/val_1.tar", "d/train-0.tar", "d/train-1.tar"])
        #expect(splits?.map(\.name) == ["train", "val"])
        #expect(splits?.map(\.files) == [["d/train-0.tar", "d/train-1.tar"], ["d/val_1.tar"]])
        #expect(FileList.splits(["train-0.tar", "train-1.tar"]) == nil)
        #expect(FileList.splits(["train-0.tar", "other.tar"]) == nil)
        #expect(FileList.splits(["trainer.tar", "test.tar"]) == nil)
        #expect(FileList.splits([]) == nil)
    }

    @Test func `More files than may be open are read, each from its own place`() throws {
        let folder = try TemporaryFolder()
        let paths = try (0..<40).map { try folder.write([UInt8($0), UInt8($0 + 100)], to: "\($0).bin") }
        let files = RecordFiles(paths)
        for round in 0..<2 {
            for number in 0..<40 {
                #expect(try files.bytes(ofFile: number, at: round, 1) == [UInt8(number + 100 * round)])
            }
        }
        expectFormatError(.truncated, "3.bin") { _ = try files.bytes(ofFile: 3, at: 1, 2) }
        expectFormatError(.truncated, "3.bin") { _ = try files.bytes(ofFile: 3, at: -1, 1) }
        expectFormatError(.truncated, "3.bin") { _ = try files.bytes(ofFile: 3, at: .max, .max) }
    }

    @Test func `Rows that follow each other are runs`() {
        #expect([4, 5, 6, 9, 9, 10, 2].runs == [4..<7, 9..<10, 9..<11, 2..<3])
        #expect([Int]().runs == [])
    }
}
