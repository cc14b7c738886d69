import Foundation
import LeatTestSupport
import Testing

@testable import LeatShards

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

    @Test(arguments: ["inline", "tasks", "processes"])
    func `ten thousand shards are read, and kept in memory, with no more open files than ten`(
        workers: String
    ) async throws {
        let (few, folder) = (try NumberedDataset(150), try TemporaryFolder())
        try few.repeatShards(times: 1000, in: folder.data)
        #expect(try ShardIndex(folder: folder.data).shards.count >= 10_000)
        let ofFew = try await numbersWithFewFiles(few.path, workers)
        let ofMany = try await numbersWithFewFiles(folder.data, workers)
        try #require(ofFew.count == 4 && ofMany.count == 4)
        #expect(ofFew.prefix(2) == [150, 150 * 149 / 2])
        #expect(ofMany.prefix(2) == [150_000, 1000 * 150 * 149 / 2])
        // Threads that unpack a shard at the moment have its file open, and one that goes on to the next its own.
        let unpacking = 2 * ProcessInfo.processInfo.activeProcessorCount + 2
        #expect(ofMany[2] <= ofFew[2] + unpacking, "\(ofMany), \(ofFew)")
        #expect(ofMany[3] <= ofFew[3] + unpacking, "\(ofMany), \(ofFew)")
        #expect((ofMany[3] > 0) == (workers == "processes"))
    }

    /// A process has some forty descriptors beside those of shards; all shards are kept, which must not keep files.
    private func numbersWithFewFiles(_ path: String, _ workers: String) async throws -> [Int] {
        let limited = ["-c", "ulimit -n 64 && exec \"$0\" \"$@\"", TestWorker.path, "sum", path, workers]
        return try await numbers(of: TestProgram(path: "/bin/sh", limited))
    }

    @Test func `py1e of twenty million samples takes about as much memory as an order without a list`() async throws {
        let (few, folder) = (try NumberedDataset(20_000, sizeLimit: 130_000), try TemporaryFolder())
        try few.repeatShards(times: 1000, in: folder.data)
        var peaks: [Int] = []
        for shuffle in ["global", "py1e"] {
            let numbers = try await numbers(of: TestProgram("order", folder.data, shuffle))
            try #require(numbers.count == 2)
            #expect(numbers[0] == 20_000_000)
            peaks.append(numbers[1])
        }
        // A list of the samples would be 76 MiB, and that of the next epoch as many again.
        #expect(peaks[1] < peaks[0] + 24, "\(peaks) MiB")
    }

    @Test(arguments: ["tasks", "processes"])
    func `a hundred epochs take no more memory than ten`(workers: String) async throws {
        let folder = try TemporaryFolder()
        let numbers = try await numbers(of: TestProgram("epochs", folder.data, workers))
        try #require(numbers.count == 2)
        // A batch that is kept each epoch would make it 5.6 MiB more.
        #expect(numbers[1] - numbers[0] < 3 << 10, "\(numbers[0]) KiB, and \(numbers[1]) KiB later")
        #expect(numbers[0] > 1 << 10)
    }

    /// The numbers that a program prints.
    private func numbers(of program: TestProgram) async throws -> [Int] {
        try await program.rest().split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
    }
}
