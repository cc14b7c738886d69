import Foundation
import LeatCore
import LeatPipeline
import LeatShards
import LeatTestSupport
import Testing

/// Several who use one folder at a time: two that write get in no shard's way, any number reads, and what is replaced
/// under a reader is noticed.
@Suite(.timeLimit(.minutes(1))) struct ConcurrentUseTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func makeWriter(key: String? = nil) throws -> ShardWriter {
        try ShardWriter(
            folder.data, columns: ["x": .int], compression: .none, sizeLimit: 1000, threads: 1, resumeKey: key)
    }

    private func append(_ numbers: Range<Int>, to writer: ShardWriter) throws {
        for number in numbers { try writer.append(["x": .int(Int64(number))]) }
    }

    private func expectNumbers() async throws {
        #expect(try await ShardVerifier(folder.data).problems().isEmpty)
        #expect(try await ShardDataset(folder.data, batchSize: 1000).numbers() == [Array(0..<1000)])
    }

    @Test func `A second writer is refused, and the first one's dataset is whole`() async throws {
        var first: ShardWriter? = try makeWriter()
        try append(0..<500, to: try #require(first))
        let error = await shardError { _ = try makeWriter() }
        #expect(error?.code == .inUse)
        #expect(error?.description.contains("\(folder.data): is being written to by somebody else") == true)
        try append(500..<1000, to: try #require(first))
        try first?.finish()
        try await expectNumbers()
        #expect(await shardError { _ = try makeWriter() }?.code == .alreadyExists)
        first = nil
        try await expectNumbers()
    }

    @Test func `A writer that goes away leaves the folder to the next one`() async throws {
        do {
            let first = try makeWriter()
            try append(0..<500, to: first)
        }
        let second = try makeWriter()
        try append(0..<1000, to: second)
        try second.finish()
        try await expectNumbers()
    }

    @Test func `A writer in another process is waited for until it has gone, however it goes`() async throws {
        let other = try TestProgram("writer", folder.data, "key")
        #expect(try await other.line() == "writing")
        #expect(await shardError { _ = try makeWriter(key: "key") }?.code == .inUse)
        kill(other.identifier, SIGKILL)
        #expect(try await other.end() == SIGKILL)
        let writer = try makeWriter(key: "key")
        #expect((1..<500).contains(writer.sampleCount))
        try append(writer.sampleCount..<1000, to: writer)
        try writer.finish()
        try await expectNumbers()
    }

    @Test func `Two jobs read one dataset side by side, each all of it`() async throws {
        let dataset = try NumberedDataset(200)
        defer { withExtendedLifetime(dataset) {} }
        func job(seed: UInt64) async throws -> Set<Int> {
            let source = try ShardDataset(dataset.path, batchSize: 7, shuffle: .shards, seed: seed, memoryBudget: 0)
            let loader = try BatchLoader(
                BatchSource(source), workers: 2, useMultiprocessing: true, launch: .program(path: TestWorker.path))
            return try await loader.withBatches(limit: source.count) { batches in
                var numbers: Set<Int> = []
                while let batch = try await batches.next() { numbers.formUnion(try batch.numbers) }
                return numbers
            }
        }
        async let first = job(seed: 1)
        async let second = job(seed: 2)
        #expect(try await first == Set(0..<200))
        #expect(try await second == Set(0..<200))
    }

    @Test func `A shard that is replaced while others read it gives its samples or an error`() async throws {
        let (mine, other) = (try NumberedDataset(90), try NumberedDataset(90, from: 1000))
        defer { withExtendedLifetime((mine, other)) {} }
        let dataset = try ShardDataset(mine.path, batchSize: 9, memoryBudget: 0)
        let name = dataset.index.shards[3].stored.name
        let (right, wrong) = (
            try Data(contentsOf: URL(filePath: "\(mine.path)/\(name)")),
            try Data(contentsOf: URL(filePath: "\(other.path)/\(name)"))
        )
        #expect(right.count == wrong.count)
        let path = "\(mine.path)/\(name)"
        async let replacing: Void = TestProgram.onThread {
            for round in 0..<400 {
                switch round % 4 {
                // Renamed into its place, overwritten where it is, cut short, or taken away.
                case 0: try wrong.write(to: URL(filePath: path), options: .atomic)
                case 1: try right.write(to: URL(filePath: path))
                case 2: truncate(path, off_t(round % right.count))
                default: unlink(path)
                }
            }
            try right.write(to: URL(filePath: path), options: .atomic)
        }
        try await withThrowingTaskGroup(of: Void.self) { readers in
            for _ in 0..<3 {
                readers.addTask {
                    for round in 0..<400 {
                        // Another shard in between, so that this one is read anew.
                        _ = try await dataset.batch(at: round % 3)
                        do {
                            let numbers = try await dataset.batch(at: 3).numbers
                            #expect(numbers == Array(27..<36))
                        } catch let error as ShardError {
                            #expect([.unreadable, .wrongSize, .wrongHash].contains(error.code), "\(error)")
                            #expect(error.file == path)
                        }
                    }
                }
            }
            try await readers.waitForAll()
        }
        try await replacing
        _ = try await dataset.batch(at: 0)
        _ = try await dataset.batch(at: 1)
        #expect(try await dataset.batch(at: 3).numbers == Array(27..<36))
    }

    @Test func `Where no more files can be opened, the error names the file and what to do, and passes`() async throws {
        let dataset = try NumberedDataset(20)
        defer { withExtendedLifetime(dataset) {} }
        let lines = try await TestProgram("few-files", dataset.path).rest().split(separator: "\n")
        let reason =
            "Too many open files; this process has as many open as it may, and `ulimit -n` with a greater number allows it more."
        #expect(
            lines == [
                "index: \(dataset.path)/index.json: can't be opened: \(reason)",
                "writer: \(dataset.path)/new: can't be opened: \(reason)",
                "then: 5 samples",
            ])
    }
}
