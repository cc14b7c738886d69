import Foundation
import LeatCore
import LeatFormats
import LeatPipeline
import Testing

/// Files that TensorFlow wrote.
@Suite struct TFRecordTests {
    private func file(_ name: String) -> String { fixture("../tfrecord/" + name) }

    @Test(arguments: ["plain.tfrecord", "plain.tfrecord.gz"])
    func `Features become columns of their kind`(name: String) throws {
        let source = try SampleSource(file(name))
        #expect(source.format == .tfrecord)
        let reader = try source.reader()
        #expect(reader.count == 4)
        #expect(
            reader.columns == [
                ColumnDescription("big", .numbers(.int64, [2])), ColumnDescription("image", .jpeg),
                ColumnDescription("label", .numbers(.int64, [])), ColumnDescription("point", .numbers(.float32, [3])),
                ColumnDescription("raw", .bytes), ColumnDescription("tokens", .ragged(.int64)),
            ])
        let blocks = try readAll(reader, blockSize: 3)
        #expect(blocks["label"]?.tensor == Tensor([-2, -1, 0, 1] as [Int64]))
        #expect(
            blocks["point"]?.tensor
                == (try Tensor((0..<4).flatMap { [Float($0), Float($0) + 0.5, 0 - Float($0)] }, shape: [4, 3])))
        #expect(blocks["tokens"]?.rows == (0..<4).map { Tensor((0..<Int64($0)).map { $0 }) })
        #expect(
            blocks["big"]?.tensor == (try Tensor((0..<4).flatMap { [Int64.max - $0, Int64.min + $0] }, shape: [4, 2])))
        #expect(blocks["raw"]?.byteStrings == (0..<4).map { Array("bytes \0".utf8) + [0xFF, UInt8($0)] })
    }

    @Test func `Records are read by number`() async throws {
        let dataset = try TFRecordDataset(
            [file("plain.tfrecord"), file("optional.tfrecord")], shapes: ["label": [], "point": [3, 1]])
        #expect(dataset.count == 7)
        let samples = try await dataset.samples(at: [5, 2], epoch: 0)
        #expect(samples[0] == Sample(["a": .tensor(Tensor([2, 3] as [Int64]))]))
        #expect(try samples[1].tensor("label") == Tensor([0 as Int64], shape: []))
        #expect(try samples[1].tensor("point").shape == [3, 1])
        #expect(try samples[1].tensor("tokens") == Tensor([0, 1] as [Int64]))
        await #expect(throws: FormatError.self) { try await dataset.sample(at: 7) }
        expectFormatError(.unsupported, "compressed") { _ = try TFRecordDataset(file("plain.tfrecord.gz")) }
        let odd = try TFRecordDataset(file("plain.tfrecord"), shapes: ["point": [2]])
        await #expect(throws: FormatError.self) { try await odd.sample(at: 0) }
    }

    @Test func `Missing lists are empty, and what has no meaning is named`() throws {
        let blocks = try readAll(try SampleSource(file("optional.tfrecord")).reader(), blockSize: 2)
        #expect(blocks["a"]?.rows == [Tensor([1] as [Int64]), Tensor([2, 3] as [Int64]), Tensor([] as [Int64])])
        #expect(blocks["b"]?.byteStrings == [Array("x".utf8), [], []])
        expectFormatError(.corrupt, "'a'", "record 1") { _ = try SampleSource(file("mixed.tfrecord")).reader() }
        expectFormatError(.unsupported, "'b'", "2 byte strings") {
            _ = try SampleSource(file("several.tfrecord")).reader()
        }
        let chosen = try SampleSource(file("several.tfrecord")).reader(columns: [ColumnChoice("a")])
        #expect(try chosen.read(5) == [.numbers(Tensor([1] as [Int64]))])
        expectFormatError(.missing, "'z'") {
            _ = try SampleSource(file("several.tfrecord")).reader(columns: [ColumnChoice("z")])
        }
        expectFormatError(.corrupt, "Record 0", "tf.train.Example") {
            _ = try SampleSource(file("no_example.tfrecord")).reader()
        }
    }

    @Test func `Cut short or damaged, a file is refused`() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: file("plain.tfrecord"))
        let length = Int(whole[0])
        for cut in [5, 12, 40, 12 + length, 12 + length + 3, whole.count - 1] {
            let path = try folder.write(whole.prefix(cut), to: "cut.tfrecord")
            expectFormatError(.truncated, "cut.tfrecord") { _ = try TFRecordReader([path]) }
            expectFormatError(.truncated, "cut.tfrecord") { _ = try TFRecordDataset(path) }
        }
        var damaged = whole
        damaged[12 + length / 2] ^= 4
        let path = try folder.write(damaged, to: "damaged.tfrecord")
        expectFormatError(.corrupt, "record 0", "checksum") { _ = try TFRecordReader([path]) }
        let dataset = try TFRecordDataset(path)
        expectFormatError(.corrupt, "record 0") { _ = try dataset.record(at: 0) }
        _ = try dataset.record(at: 1)
        // Any flipped bit is found: every byte is summed or is a sum.
        for position in whole.indices {
            var flipped = whole
            flipped[position] ^= 1
            try folder.write(flipped, to: "flipped.tfrecord")
            #expect(throws: FormatError.self) { try TFRecordReader([folder.file("flipped.tfrecord")]) }
        }
    }

    @Test func `Examples hold against any bytes`() throws {
        let dataset = try TFRecordDataset(file("plain.tfrecord"))
        let record = try dataset.record(at: 3)
        #expect(try TFExample(record).encoded == record)
        var random = PhiloxGenerator(seed: 1)
        for _ in 0..<3000 {
            do { _ = try TFExample(mutated(record, &random)) } catch { #expect(error is FormatError) }
        }
        try expectNoHarm(file("plain.tfrecord"), "x.tfrecord", mutations: 200) { _ = try TFRecordReader([$0]) }
        try expectNoHarm(file("plain.tfrecord.gz"), "x.tfrecord.gz", mutations: 100) { _ = try TFRecordReader([$0]) }
    }

    @Test func `What is written is read back, by TensorFlow, too`() async throws {
        let folder = try TemporaryFolder()
        let sample = Sample([
            "floats": .tensor(try Tensor([1, 2.5, -3, 4] as [Double], shape: [2, 2])), "int": .number(-7 as Int32),
            "none": .tensor(Tensor([] as [Float])), "text": .text("é"),
        ])
        for name in ["out.tfrecord", "out.tfrecord.gz"] {
            let writer = try TFRecordWriter(folder.file(name))
            for _ in 0..<2 { try writer.append(sample) }
            try writer.close()
            let blocks = try readAll(try SampleSource(folder.file(name)).reader(), blockSize: 9)
            #expect(
                blocks["floats"]?.tensor == (try Tensor([1, 2.5, -3, 4, 1, 2.5, -3, 4] as [Float], shape: [2, 4])))
            #expect(blocks["int"]?.tensor == Tensor([-7, -7] as [Int64]))
            #expect(blocks["text"]?.byteStrings == [Array("é".utf8), Array("é".utf8)])
        }
        let output = try runPython("check_tfrecord.py", folder.file("out.tfrecord.gz"), needing: "tensorflow")
        guard let output else { return }
        let line = #"{"floats": [1.0, 2.5, -3.0, 4.0], "int": [-7], "none": [], "text": [[195, 169]]}"#
        #expect(output.split(separator: "\n").map(String.init) == [line, line])
    }
}
