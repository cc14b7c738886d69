import Foundation
import LeatPipeline
import LeatTestSupport
import Testing

@testable import LeatShards

/// Damaged shards under each fault policy: the same batches and the same record, whoever reads.
@Suite(.timeLimit(.minutes(1))) struct DamagePolicyTests {
    private static let readers: [(workers: Int, processes: Bool)] = [(0, false), (2, false), (2, true)]

    private func run(
        _ folder: TemporaryFolder, _ policy: FaultPolicy, _ verification: ShardVerification, workers: Int,
        processes: Bool
    ) async throws -> (batches: [Batch], faults: [BatchFault]) {
        let dataset = try ShardDataset(
            folder.data, batchSize: 7, shuffle: .shards, seed: 4, verification: verification)
        let loader = try BatchLoader(
            BatchSource(dataset), workers: workers, useMultiprocessing: processes, launch: TestWorker.launch,
            faultPolicy: policy)
        return try await loader.withBatches(limit: 2 * dataset.count) { stream in
            var batches: [Batch] = []
            while let batch = try await stream.next() { batches.append(batch) }
            return (batches, stream.faults)
        }
    }

    /// What is wrong, in which fixture, and what the reason must name.
    enum Damage: CaseIterable {
        case hash, size, missing, count, frame, recordedHash

        var fixture: String { self == .frame || self == .recordedHash ? "zstd" : "plain" }

        var verification: ShardVerification {
            switch self {
            case .count, .frame: .sizesOnly
            default: .recordedHashes
            }
        }

        func apply(to folder: TemporaryFolder) throws -> String {
            let shard = try ShardIndex(folder: folder.data).shards[1]
            let file = shard.stored.name
            var bytes = try folder.read(file)
            switch self {
            case .hash: bytes[bytes.count - 9] ^= 1
            case .size: bytes.removeLast()
            case .missing: try FileManager.default.removeItem(atPath: folder.data + "/" + file)
            case .count: bytes[0] ^= 1
            case .frame: bytes[6] ^= 0xFF
            case .recordedHash:
                let hash = try #require(shard.stored.hashes["xxh64"])
                try folder.editIndex(hash, String(hash.reversed()))
                for (name, value) in shard.stored.hashes where name != "xxh64" {
                    try folder.editIndex(value, String(value.reversed()))
                }
            }
            if self != .missing { try folder.write(bytes, to: file) }
            return folder.data + "/" + file
        }
    }

    @Test(arguments: Damage.allCases)
    func `a damaged shard costs its batches and no others, and is named`(damage: Damage) async throws {
        let folder = try Fixture.copy(damage.fixture)
        let whole = try await run(folder, .raise, damage.verification, workers: 0, processes: false)
        let file = try damage.apply(to: folder)
        var results: [(batches: [Batch], faults: [BatchFault])] = []
        for (workers, processes) in Self.readers {
            results.append(
                try await run(
                    folder, .skip(.unlimited), damage.verification, workers: workers, processes: processes))
        }
        #expect(!results[0].faults.isEmpty && !results[0].batches.isEmpty)
        #expect(results[0].faults.allSatisfy { $0.file == file })
        #expect(results[0].batches.count + results[0].faults.count == whole.batches.count)
        #expect(results[0].batches.allSatisfy { whole.batches.contains($0) })
        for result in results.dropFirst() {
            #expect(result.batches == results[0].batches)
            #expect(result.faults == results[0].faults)
        }
        let replaced = try await run(
            folder, .replace(.unlimited), damage.verification, workers: 2, processes: true)
        #expect(replaced.batches.count == whole.batches.count)
    }

    @Test func `what a writer that was killed has left behind does no harm`() async throws {
        let folder = try Fixture.copy("plain")
        let whole = try await run(folder, .raise, .recordedHashes, workers: 0, processes: false)
        for name in ["index.json.4711.tmp", "shard.00001.mds.4711.tmp", "shard.00099.mds.tmp"] {
            try folder.write([1, 2, 3], to: name)
        }
        for (workers, processes) in Self.readers {
            let result = try await run(folder, .raise, .recordedHashes, workers: workers, processes: processes)
            #expect(result.batches == whole.batches)
        }
    }

    @Test func `a shard that is replaced between two passes is found, and falls under the policy`() async throws {
        let folder = try Fixture.copy("plain")
        let dataset = try ShardDataset(folder.data, batchSize: 7, memoryBudget: 0)
        let loader = try BatchLoader(BatchSource(dataset), workers: 0, faultPolicy: .skip(.unlimited))
        try await loader.withBatches(limit: 2 * dataset.count) { stream async throws in
            for _ in 0..<dataset.count { #expect(try await stream.next() != nil) }
            #expect(stream.faults.isEmpty)
            // As a new file under the same name, as whoever downloads it anew would do.
            var bytes = try folder.read("shard.00000.mds")
            bytes[bytes.count - 3] ^= 1
            try folder.write(bytes, to: "new")
            #expect(rename(folder.data + "/new", folder.data + "/shard.00000.mds") == 0)
            while try await stream.next() != nil {}
            #expect(!stream.faults.isEmpty)
            #expect(stream.faults.allSatisfy { $0.epoch == 1 && $0.file?.hasSuffix("shard.00000.mds") == true })
        }
    }
}
