import Foundation
import LeatCore
import Testing

@testable import LeatShards

/// Writers that go on after one that was killed: it has left shards and a journal, and no index.
@Suite struct ResumedWritingTests {
    private let (whole, folder): (TemporaryFolder, TemporaryFolder)
    private let x: Tensor
    private let y: Tensor

    init() throws {
        (whole, folder) = (try TemporaryFolder(), try TemporaryFolder())
        x = try Tensor((0..<4000).map { Int16($0) }, shape: [1000, 4])
        y = Tensor((0..<1000).map { Int64($0) })
        let writer = try makeWriter(whole.data, key: nil)
        try writer.append(rows: ["x": x, "y": y])
        try writer.finish()
    }

    private func makeWriter(_ path: String, key: String?) throws -> ShardWriter {
        try ShardWriter(path, columns: ["x": .array(.int16, [4]), "y": .int], sizeLimit: 4000, resumeKey: key)
    }

    /// Leaves the folder as a killed writer would, with so many shards in its journal.
    private func leave(noted: [Int], key: String) throws {
        try FileManager.default.copyItem(atPath: whole.data, toPath: folder.data)
        try FileManager.default.removeItem(atPath: folder.data + "/index.json")
        let shards = try ShardIndex(folder: whole.data).shards
        let settings = ShardPress.Settings(
            folder: folder.data, columns: shards[0].columns, compression: .zstd(level: 3), hashes: [.xxh64],
            sizeLimit: 4000)
        let (journal, _) = try ShardJournal.open(in: folder.data, key: settings.header + " " + key)
        for number in noted { try journal.note(shards[number], number: number) }
        try folder.write(try folder.read(ShardJournal.fileName) + Array("7 {\"shards\": [{".utf8), to: ".leat-writing")
    }

    private func finish(_ writer: ShardWriter) throws {
        let rest = writer.sampleCount..<1000
        try writer.append(rows: ["x": try x[rest], "y": try y[rest]])
        try writer.finish()
        #expect(try folder.names() == whole.names())
        for name in try whole.names() { #expect(try folder.read(name) == whole.read(name), "\(name)") }
    }

    @Test func `Rows are the same samples, appended at once or one by one`() throws {
        let writer = try makeWriter(folder.data, key: nil)
        for row in 0..<1000 {
            try writer.append(["x": .tensor(try x[row]), "y": .int(Int64(row))])
        }
        try writer.finish()
        #expect(try whole.names().count > 5)
        for name in try whole.names() { #expect(try folder.read(name) == whole.read(name), "\(name)") }
    }

    @Test func `Shards that were noted are kept, and the dataset is as if it had not been interrupted`() throws {
        try leave(noted: [1, 0, 2, 4], key: "k")
        let writer = try makeWriter(folder.data, key: "k")
        let counts = try ShardIndex(folder: whole.data).shards.map(\.sampleCount)
        #expect(writer.sampleCount == counts[..<3].reduce(0, +))
        try finish(writer)
    }

    @Test func `A shard whose file is not there is written again`() throws {
        try leave(noted: [0, 1, 2], key: "k")
        try FileManager.default.removeItem(atPath: folder.data + "/shard.00001.mds.zstd")
        let writer = try makeWriter(folder.data, key: "k")
        #expect(writer.sampleCount == (try ShardIndex(folder: whole.data).shards[0].sampleCount))
        try finish(writer)
    }

    @Test func `What was written of something else is not kept`() throws {
        try leave(noted: [0, 1, 2], key: "k")
        let writer = try makeWriter(folder.data, key: "other")
        #expect(writer.sampleCount == 0)
        try finish(writer)
    }

    @Test func `Without a key nothing is gone on with`() async throws {
        try leave(noted: [0], key: "k")
        #expect(await shardError { _ = try makeWriter(folder.data, key: nil) }?.code == .alreadyExists)
    }

    @Test func `Rows of another type, shape or number are refused`() async throws {
        let writer = try makeWriter(folder.data, key: nil)
        let wrong: [[String: Tensor]] = [
            ["x": x], ["x": x, "y": x], ["x": y, "y": y], ["x": x, "y": try y[0..<5]], ["x": x, "y": y, "z": y],
            ["x": x.converted(to: .int32), "y": y],
        ]
        for rows in wrong { #expect(await shardError { try writer.append(rows: rows) }?.code == .badValue) }
        #expect(writer.sampleCount == 0)
    }
}
