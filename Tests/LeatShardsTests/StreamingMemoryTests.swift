import Foundation
import LeatShards
import LeatTestSupport
import Testing

/// A dataset far larger than the memory it may take, streamed by a program of its own.
@Suite struct StreamingMemoryTests {
    @Test func twoGigabytesStreamInUnder300MB() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leat-streaming-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var sums: Set<Int> = []
        for workers in ["processes", "tasks"] {
            let numbers = try await numbers(of: TestProgram("stream", folder, workers))
            try #require(numbers.count == 4)
            #expect(numbers[0] == 2_000_000)
            sums.insert(numbers[1])
            #expect(numbers[2] + numbers[3] < 300, "\(workers): \(numbers[2]) MiB, and the workers \(numbers[3]) MiB")
            #expect((numbers[3] > 0) == (workers == "processes"))
        }
        #expect(sums.count == 1)
    }

    @Test(arguments: ["tasks", "processes"])
    func `thousands of shards are read, and kept in memory, with few open files`(workers: String) async throws {
        let dataset = try NumberedDataset(27_000)
        #expect(try ShardDataset(dataset.path, batchSize: 1).index.shards.count >= 2000)
        // A process has some forty descriptors beside those of shards; all shards are kept, which must not keep files.
        let limited = ["-c", "ulimit -n 64 && exec \"$0\" \"$@\"", TestWorker.path, "sum", dataset.path, workers]
        let numbers = try await numbers(of: TestProgram(path: "/bin/sh", limited))
        #expect(numbers == [27_000, 27_000 * 26_999 / 2])
    }

    /// The numbers that a program prints.
    private func numbers(of program: TestProgram) async throws -> [Int] {
        try await program.rest().split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }
}
