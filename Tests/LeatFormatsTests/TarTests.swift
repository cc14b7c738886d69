import Foundation
import LeatCore
import LeatFormats
import LeatPipeline
import Testing

/// Archives that webdataset and Python's tarfile wrote.
@Suite struct TarTests {
    private func archive(_ name: String) -> String { fixture("../webdataset/" + name) }

    private func expected(_ i: Int) throws -> Sample {
        let values = try Tensor((0...i).map { Float($0) }, shape: [1, i + 1])
        return Sample([
            "bin": .bytes([UInt8(i), 0, 255]), "cls": .number(Int64(i * 3)), "json": .text("{\"n\": \(i)}"),
            "npy": .tensor(values), "txt": .text("text \(i) é"),
        ])
    }

    @Test(arguments: ["plain.tar", "plain.tar.gz", "plain.tar.zst"])
    func `What webdataset wrote is read in blocks, also compressed`(name: String) async throws {
        let source = try SampleSource(archive(name))
        #expect(source.format == .tar)
        let reader = try source.reader()
        #expect(
            reader.columns == [
                ColumnDescription("bin", .bytes), ColumnDescription("cls", .numbers(.int64, [])),
                ColumnDescription("json", .text), ColumnDescription("npy", .ragged(.float32)),
                ColumnDescription("txt", .text),
            ])
        let blocks = try readAll(reader, blockSize: 2)
        #expect(blocks["cls"]?.tensor == Tensor([0, 3, 6, 9, 12] as [Int64]))
        #expect(blocks["npy"]?.rows.map(\.shape) == (1...5).map { [1, $0] })
        var samples: [Sample] = []
        for try await sample in source.stream() { samples.append(sample) }
        #expect(samples == (try (0..<5).map(expected)))
    }

    @Test func `Samples are read by number`() async throws {
        let dataset = try TarDataset([archive("plain.tar"), archive("plain.tar")])
        #expect(dataset.count == 10)
        #expect(dataset.fieldNames.sorted() == ["bin", "cls", "json", "npy", "txt"])
        let samples = try await dataset.select("bin", "cls", "json", "npy", "txt").samples(at: [3, 9, 0], epoch: 0)
        #expect(samples == (try [3, 4, 0].map(expected)))
        #expect(try await dataset.sample(at: 6).text("__key__") == "part.a/sample0001")
        await #expect(throws: FormatError.self) { try await dataset.sample(at: 10) }
        expectFormatError(.unsupported, "plain.tar.gz") { _ = try TarDataset(archive("plain.tar.gz")) }
    }

    @Test(arguments: ["gnu", "pax", "ustar"])
    func `Folders, links, notes and long names are as webdataset takes them`(form: String) throws {
        let reader = try SampleSource(archive("\(form).tar")).reader(columns: [
            ColumnChoice("__key__"), ColumnChoice("b.txt"), ColumnChoice("cls"),
        ])
        let blocks = try readAll(reader, blockSize: 100)
        let long =
            form == "ustar"
            ? String(repeating: "deep/", count: 20) + String(repeating: "n", count: 40)
            : String(repeating: "deep/", count: 25) + String(repeating: "n", count: 90)
        let isPAX = form == "pax"
        #expect(blocks["__key__"]?.texts == ["folder/a", long] + (isPAX ? ["größe"] : []))
        #expect(blocks["b.txt"]?.texts == ["first", "schön"] + (isPAX ? ["third"] : []))
        #expect(blocks["cls"]?.tensor == Tensor([7, -8] + (isPAX ? [9] : []) as [Int64]))
    }

    @Test func `Samples end where the key changes, and a field is there once`() throws {
        let returning = try readAll(try SampleSource(archive("returning.tar")).reader(), blockSize: 9)
        #expect(returning["txt"]?.texts == ["a.txt", "b.txt", "a.txt"])
        expectFormatError(.corrupt, "two files", "'txt'") {
            _ = try readAll(try SampleSource(archive("twice.tar")).reader(), blockSize: 9)
        }
        expectFormatError(.corrupt, "two files") { _ = try TarDataset(archive("twice.tar")) }
        expectFormatError(.missing, "'b'", "'cls'", "has txt") {
            _ = try readAll(try SampleSource(archive("uneven.tar")).reader(), blockSize: 9)
        }
        let chosen = try SampleSource(archive("uneven.tar")).reader(columns: [ColumnChoice("txt")])
        #expect(try readAll(chosen, blockSize: 9)["txt"]?.texts == ["1", "1"])
        let rare = try SampleSource(archive("uneven.tar")).reader(columns: [
            ColumnChoice("cls"), ColumnChoice("__key__"),
        ])
        #expect(try readAll(rare, blockSize: 9)["__key__"]?.texts == ["a"])
        expectFormatError(.missing, "'b'", "'cls'") {
            let both = [ColumnChoice("cls"), ColumnChoice("txt")]
            _ = try readAll(try SampleSource(archive("uneven.tar")).reader(columns: both), blockSize: 9)
        }
        expectFormatError(.missing, "'jpg'") {
            _ = try SampleSource(archive("uneven.tar")).reader(columns: [ColumnChoice("jpg")])
        }
    }

    @Test func `A folder or a pattern of archives is one dataset, or one for each split`() throws {
        let folder = try TemporaryFolder()
        let content = try bytes(of: archive("plain.tar"))
        for name in ["train-00.tar", "train-01.tar", "train-02.tar", "test-00.tar"] {
            try folder.write(content, to: name)
        }
        let source = try SampleSource(folder.path)
        #expect(source.splitNames == ["train", "test"])
        let train = try readAll(try source.reader(split: "train"), blockSize: 4)
        #expect(train["cls"]?.tensor?.count == 15)
        let pattern = try SampleSource(folder.file("train-{01..02}.tar"))
        #expect(try readAll(try pattern.reader(), blockSize: 4)["cls"]?.tensor?.count == 10)
        #expect(try TarDataset(folder.file("{test,train}-00.tar")).count == 10)
        #expect(try TarDataset(folder.path).count == 20)
    }

    @Test func `Cut short or damaged, an archive is refused`() throws {
        let folder = try TemporaryFolder()
        let whole = try bytes(of: archive("plain.tar"))
        let end = try #require(whole.indices.reversed().first { whole[$0] != 0 }) + 1
        let blocks = (end + 511) / 512 * 512
        for cut in [100, 512, 700, 1024, 5000, blocks - 512, blocks] {
            try folder.write(whole.prefix(cut), to: "cut.tar")
            expectFormatError(.truncated, "cut.tar") {
                _ = try readAll(try TarReader([folder.file("cut.tar")]), blockSize: 9)
            }
            expectFormatError(.truncated, "cut.tar") { _ = try TarDataset(folder.file("cut.tar")) }
        }
        var damaged = whole
        damaged[3] ^= 1
        try folder.write(damaged, to: "damaged.tar")
        expectFormatError(.corrupt, "checksum") { _ = try TarDataset(folder.file("damaged.tar")) }
        let compressed = try bytes(of: archive("plain.tar.zst"))
        try folder.write(compressed.dropLast(9), to: "cut.tar.zst")
        expectFormatError(.truncated, "cut.tar.zst") {
            _ = try readAll(try TarReader([folder.file("cut.tar.zst")]), blockSize: 9)
        }
    }

    @Test func `Whatever the bytes, there is data or an error`() throws {
        try expectNoHarm(archive("gnu.tar"), "archive.tar", mutations: 300) { path in
            _ = try readAll(try TarReader([path]), blockSize: 9)
            _ = try TarDataset(path)
        }
        try expectNoHarm(archive("pax.tar"), "archive.tar", mutations: 300) { _ = try TarDataset($0) }
        try expectNoHarm(archive("plain.tar.zst"), "archive.tar.zst", mutations: 200) { path in
            _ = try readAll(try TarReader([path]), blockSize: 9)
        }
    }

    @Test func `What is written is read back, by webdataset, too`() async throws {
        let folder = try TemporaryFolder()
        for name in ["out.tar", "out.tar.gz"] {
            let writer = try TarWriter(folder.file(name))
            let long = String(repeating: "k", count: 120)
            for (i, key) in ["a/b", "c", long].enumerated() { try writer.append(try expected(i), key: key) }
            #expect(throws: FormatError.self) { try writer.append(Sample(["x": .text("")]), key: "a.b") }
            #expect(throws: FormatError.self) { try writer.append(Sample(["x": .number(1.5)]), key: "a") }
            try writer.close()
            var samples: [Sample] = []
            for try await sample in try SampleSource(folder.file(name)).stream() { samples.append(sample) }
            #expect(samples == (try (0..<3).map(expected)))
        }
        let output = try runPython("check_webdataset.py", folder.file("out.tar"), needing: "webdataset")
        guard let output else { return }
        let lines = output.split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.first?.contains("\"__key__\": \"a/b\"") == true)
        #expect(lines.last?.contains("\"cls\": 6") == true && lines.last?.contains("[[0.0, 1.0, 2.0]]") == true)
    }
}
