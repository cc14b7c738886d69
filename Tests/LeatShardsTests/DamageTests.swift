import Foundation
import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct DamageTests {
    /// Reads every batch, and expects an error of the given kind about the given file; the verifier must find it too.
    private func expect(
        _ code: ShardError.Code, file: String, in folder: TemporaryFolder, saying words: String? = nil,
        verification: ShardVerification = .recordedHashes
    ) async throws {
        let dataset = try ShardDataset(folder.data, batchSize: 7, verification: verification)
        let error = await shardError { for index in 0..<dataset.count { _ = try await dataset.batch(at: index) } }
        #expect(error?.code == code)
        #expect(error?.file == folder.data + "/" + file)
        if let words { #expect(error?.description.contains(words) == true) }
        #expect(try await ShardVerifier(folder.data).problems().count >= 1)
    }

    @Test func `A missing index, a missing shard and a folder in its place are told apart by name`() async throws {
        let folder = try Fixture.copy("plain")
        let none = await shardError { _ = try ShardDataset(folder.path + "/nowhere", batchSize: 1) }
        #expect(none?.code == .unreadable)
        #expect(none?.description == "\(folder.path)/nowhere: is not there.")
        let file = folder.data + "/index.json"
        let noFolder = await shardError { _ = try ShardDataset(file, batchSize: 1) }
        #expect(noFolder?.description == "\(file): is a file and no folder of shards; `leat pack` makes one of it.")
        try FileManager.default.removeItem(atPath: folder.data + "/shard.00001.mds")
        try await expect(.unreadable, file: "shard.00001.mds", in: folder)
        try FileManager.default.createDirectory(
            atPath: folder.data + "/shard.00001.mds", withIntermediateDirectories: false)
        try await expect(.unreadable, file: "shard.00001.mds", in: folder, saying: "regular file")
    }

    @Test func `A pipe in a shard's place does not stop the program`() async throws {
        let folder = try Fixture.copy("plain")
        let path = folder.data + "/shard.00000.mds"
        try FileManager.default.removeItem(atPath: path)
        #expect(mkfifo(path, 0o600) == 0)
        try await expect(.unreadable, file: "shard.00000.mds", in: folder, saying: "regular file")
    }

    @Test("A shard cut short, emptied or longer is found by its size", arguments: ["plain", "zstd", "gz"])
    func sizes(name: String) async throws {
        for change in [-1, -100_000, 1] {
            let folder = try Fixture.copy(name)
            let file = try #require(try folder.names().last)
            let bytes = try folder.read(file)
            try folder.write(change < 0 ? bytes.dropLast(-change) : bytes + [0], to: file)
            try await expect(.wrongSize, file: file, in: folder)
        }
    }

    @Test("A changed byte is found by the recorded hash", arguments: ["plain", "zstd", "zstd-7", "gz", "gz-1"])
    func hashes(name: String) async throws {
        let folder = try Fixture.copy(name)
        let file = try #require(try folder.names().last)
        var bytes = try folder.read(file)
        bytes[bytes.count - 20] ^= 4
        try folder.write(bytes, to: file)
        try await expect(.wrongHash, file: file, in: folder)
    }

    @Test func `Where only the unpacked shard has a hash, that is verified`() async throws {
        let folder = try Fixture.copy("zstd")
        let shard = try ShardIndex(folder: folder.data).shards[2]
        try folder.editIndex(try #require(shard.zip?.hashes["xxh64"]), "")
        for entry in try ShardIndex(folder: folder.data).shards {
            let zip = try #require(entry.zip)
            let text =
                "\"hashes\": {\"sha1\": \"\(zip.hashes["sha1"] ?? "")\", \"xxh64\": \"\(zip.hashes["xxh64"] ?? "")\"}"
            try folder.editIndex(text, "\"hashes\": {}")
        }
        let dataset = try ShardDataset(folder.data, batchSize: 50)
        _ = try await dataset.batch(at: 0)
        try folder.editIndex(try #require(shard.raw.hashes["xxh64"]), "0123456789abcdef")
        try await expect(.wrongHash, file: "shard.00002.mds.zstd", in: folder)
    }

    @Test func `A hash that Leat does not compute is refused unless the caller does without`() async throws {
        let path = try Fixture.path("unknown-hash")
        let error = await shardError { _ = try ShardDataset(path, batchSize: 1) }
        #expect(error?.code == .unknownHash)
        #expect(error?.message.contains("blake2b") == true)
        let dataset = try ShardDataset(path, batchSize: 50, verification: .sizesOnly)
        #expect(try await dataset.batch(at: 0).count == 50)
        #expect(try await ShardVerifier(path).problems().allSatisfy { $0.error.code == .unknownHash })
    }

    @Test func `A file that changes after it was verified is verified again`() async throws {
        let folder = try Fixture.copy("zstd")
        let dataset = try ShardDataset(folder.data, batchSize: 5, memoryBudget: 0)
        for index in 0..<dataset.count { _ = try await dataset.batch(at: index) }
        var bytes = try folder.read("shard.00000.mds.zstd")
        bytes[bytes.count - 9] ^= 1
        try folder.write(bytes, to: "shard.00000.mds.zstd")
        #expect(await shardError { _ = try await dataset.batch(at: 0) }?.code == .wrongHash)
        // Nothing of the failure is kept.
        bytes[bytes.count - 9] ^= 1
        try folder.write(bytes, to: "shard.00000.mds.zstd")
        #expect(try await dataset.batch(at: 0).count == 5)
    }

    @Test func `Pickles are refused`() async throws {
        let path = try Fixture.path("pickle")
        let error = await shardError { _ = try ShardSamples(path) }
        #expect(error?.code == .unsafeEncoding)
    }

    @Test(
        "Offsets and counts that lie are found",
        arguments: [
            (0, UInt32(18), "18 samples"), (0, UInt32.max, "samples"), (4, 0, "offset 0"), (4, UInt32.max, "offset"),
            (8, 5000, "offset 5000"), (12, 300, "offset 300"), (72, 688, "offset 688"),
        ])
    func offsets(position: Int, value: UInt32, words: String) async throws {
        let folder = try Fixture.copy("plain")
        var bytes = try folder.read("shard.00000.mds")
        bytes.withUnsafeMutableBytes { $0.storeBytes(of: value, toByteOffset: position, as: UInt32.self) }
        try folder.write(bytes, to: "shard.00000.mds")
        try await expect(.badShard, file: "shard.00000.mds", in: folder, saying: words, verification: .sizesOnly)
    }

    @Test func `Sizes of variable columns that don't add up are found at their sample`() async throws {
        let folder = try Fixture.copy("golden")
        var bytes = try folder.read("shard.00000.mds")
        bytes[232] = 255
        try folder.write(bytes, to: "shard.00000.mds")
        try await expect(
            .badShard, file: "shard.00000.mds", in: folder, saying: "sample 0", verification: .sizesOnly)
    }
}
