import Foundation
import LeatTestSupport
import Testing

/// A dataset far larger than the memory it may take, streamed by a program of its own.
@Suite struct StreamingMemoryTests {
    @Test func twoGigabytesStreamInUnder300MB() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "leat-streaming-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var sums: Set<Int> = []
        for workers in ["processes", "tasks"] {
            let numbers = try await run(["stream", folder, workers])
            try #require(numbers.count == 4)
            #expect(numbers[0] == 2_000_000)
            sums.insert(numbers[1])
            #expect(numbers[2] + numbers[3] < 300, "\(workers): \(numbers[2]) MiB, and the workers \(numbers[3]) MiB")
            #expect((numbers[3] > 0) == (workers == "processes"))
        }
        #expect(sums.count == 1)
    }

    /// The numbers that the test program prints.
    private func run(_ arguments: [String]) async throws -> [Int] {
        let (program, output) = (Process(), Pipe())
        program.executableURL = URL(fileURLWithPath: TestWorker.path)
        program.arguments = arguments
        program.standardOutput = output
        try program.run()
        // Reading blocks, which is no task's business.
        let data = try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try output.fileHandleForReading.readToEnd() }) }
        }
        return String(decoding: data ?? Data(), as: UTF8.self).split(whereSeparator: \.isWhitespace).compactMap {
            Int($0)
        }
    }
}
