import Foundation
import LeatCore
import LeatPipeline
import LeatShards
import Testing

@Suite struct WritingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `The golden example has the bytes that Streaming writes`() throws {
        let writer = try ShardWriter(
            folder.data, columns: ["y": .int, "s": .str, "x": .array(.float32, [2])], compression: .none,
            hashes: [.sha1])
        try writer.append(["s": .text("héllo"), "x": .tensor(Tensor([1, 2] as [Float])), "y": .int(7)])
        try writer.append(["s": .text(""), "x": .tensor(Tensor([0, -0.5] as [Float])), "y": .int(-1)])
        try writer.finish()
        let index = try ShardIndex(folder: folder.data)
        #expect(index.shards[0].raw.hashes["sha1"] == "3df37f14f02c2fa4e5535460883b598291734c00")
        #expect(try folder.read("shard.00000.mds").count == 278)
        #expect(try folder.names() == ["index.json", "shard.00000.mds"])
    }

    @Test(
        "A dataset of Streaming's, read and written again, has the same bytes",
        arguments: ["everything", "plain", "golden", "limit-679", "limit-678"])
    func rewriting(name: String) async throws {
        let source = try ShardSamples(Fixture.path(name))
        let entry = source.index.shards[0]
        let writer = try ShardWriter(
            folder.data,
            columns: Dictionary(uniqueKeysWithValues: source.columns.map { ($0.name, $0.encoding) }),
            compression: entry.compression, hashes: entry.hashNames.compactMap(ShardHash.init(rawValue:)),
            sizeLimit: entry.sizeLimit)
        for number in 0..<source.count { try writer.append(try await source.sample(at: number)) }
        try writer.finish()
        for file in try folder.names() {
            let original = try Data(contentsOf: URL(filePath: Fixture.path(name + "/" + file)))
            #expect(try folder.read(file) == Array(original), "\(file)")
        }
    }

    @Test("Every compression comes back", arguments: ["zstd", "zstd:1", "zstd:19", "gz", "gz:0", "gz:9", "none"])
    func compressions(name: String) async throws {
        let writer = try ShardWriter(
            folder.data, columns: ["x": .array(.int32, [50]), "y": .int],
            compression: try #require(ShardCompression(name: name)), hashes: ShardHash.allCases, sizeLimit: 5000)
        for number in 0..<100 {
            let values = (0..<50).map { Int32($0 / 7 + number) }
            try writer.append(["x": .tensor(Tensor(values)), "y": .int(Int64(number))])
        }
        try writer.finish()
        #expect(try await ShardVerifier(folder.data).problems().isEmpty)
        let dataset = try ShardDataset(folder.data, batchSize: 30, memoryBudget: 0)
        #expect(dataset.index.shards.count > 3)
        var labels: [Int] = []
        for index in 0..<dataset.count {
            labels += try await dataset.batch(at: index).targets?.elements(as: Int.self) ?? []
        }
        #expect(labels == Array(0..<100))
    }

    @Test func `Shards are cut where Streaming cuts them`() throws {
        let writer = try ShardWriter(
            folder.data, columns: ["t": .str], compression: .none, hashes: [], sizeLimit: 280)
        for length in [300, 1, 400] { try writer.append(["t": .text(String(repeating: "a", count: length))]) }
        try writer.finish()
        let streaming = try ShardIndex(folder: Fixture.path("empty-first"))
        // Streaming's first shard is empty; the others are equal.
        #expect(
            try ShardIndex(folder: folder.data).shards.map(\.raw.byteCount)
                == streaming.shards.dropFirst().map(\.raw.byteCount))
    }

    @Test func `A value that does not fit is refused by name, and the writer goes on`() async throws {
        let writer = try ShardWriter(folder.data, columns: ["b": .scalar(.uint8), "x": .array(.float32, [2])])
        let good: ShardSample = ["b": .int(255), "x": .tensor(Tensor([1, 2] as [Float]))]
        for (column, value) in [
            ("b", ColumnValue.int(256)), ("b", .text("1")), ("b", .float(1)), ("x", .tensor(Tensor([1] as [Float]))),
            ("x", .tensor(Tensor([1, 2] as [Double]))), ("z", .int(1)),
        ] {
            let error = await shardError { try writer.append(good.merging([column: value]) { $1 }) }
            #expect(error?.code == .badValue)
            #expect(error?.message.contains("`\(column)`") == true)
        }
        #expect(await shardError { try writer.append(["b": .int(1)]) }?.message.contains("`x`") == true)
        try writer.append(good)
        try writer.finish()
        #expect(try ShardIndex(folder: folder.data).sampleCount == 1)
        #expect(await shardError { try writer.append(good) }?.code == .unwritable)
    }

    @Test func `An unfinished dataset leaves nothing that opens, and no files`() async throws {
        do {
            let writer = try ShardWriter(folder.data, columns: ["x": .int], compression: .none, sizeLimit: 300)
            for number in 0..<100 { try writer.append(["x": .int(Int64(number))]) }
            #expect(try folder.names().count > 2)
        }
        #expect(try folder.names() == [])
        #expect(await shardError { _ = try ShardIndex(folder: folder.data) }?.code == .unreadable)
    }

    @Test func `A dataset is not overwritten`() async throws {
        let first = try ShardWriter(folder.data, columns: ["x": .int])
        try first.append(["x": .int(1)])
        try first.finish()
        let error = await shardError { _ = try ShardWriter(folder.data, columns: ["x": .int]) }
        #expect(error?.code == .alreadyExists)
        #expect(try ShardIndex(folder: folder.data).sampleCount == 1)
    }

    @Test func `A shard that can't be written ends the dataset`() async throws {
        let writer = try ShardWriter(folder.data, columns: ["x": .int])
        try writer.append(["x": .int(1)])
        try FileManager.default.removeItem(atPath: folder.data)
        #expect(await shardError { try writer.finish() }?.code == .unwritable)
        #expect(await shardError { try writer.finish() }?.code == .unwritable)
    }

    @Test func `Settings out of range are refused`() async throws {
        let path = folder.data
        #expect(await shardError { _ = try ShardWriter(path, columns: [:]) }?.code == .badColumn)
        for encoding in [ShardEncoding.array(.int8, []), .array(.int8, [0]), .array(.int8, [-1])] {
            #expect(await shardError { _ = try ShardWriter(path, columns: ["x": encoding]) }?.code == .badColumn)
        }
        let level = await shardError { _ = try ShardWriter(path, columns: ["x": .int], compression: .zstd(level: 99)) }
        #expect(level?.code == .unknownCompression)
        let limit = await shardError { _ = try ShardWriter(path, columns: ["x": .int], sizeLimit: 1 << 32) }
        #expect(limit?.code == .outOfRange)
    }
}
