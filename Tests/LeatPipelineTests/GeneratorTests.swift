import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

/// Sources without numbers: sequences, asynchronous sequences, closures.
@Suite struct GeneratorTests {
    static func batch(_ number: Int) -> Batch { Batch(Tensor([Int32(number)])) }

    @Test(arguments: [0, 1, 4], [1, 3]) func `every kind is delivered whole and in order`(
        workers: Int, size: Int
    ) async throws {
        let expected = (0..<9).map(Self.batch)
        let stream = AsyncStream { continuation in
            for batch in expected { continuation.yield(batch) }
            continuation.finish()
        }
        var number = 0
        let closure = BatchSource {
            defer { number += 1 }
            return number < 9 ? Self.batch(number) : nil
        }
        for source in [BatchSource(expected), BatchSource(stream), closure] {
            #expect(source.count == nil)
            #expect(try await collect(BatchLoader(source, workers: workers, maxQueueSize: size)) == expected)
        }
    }

    @Test(arguments: [0, 1]) func `an error comes after the batches before it and ends the stream`(
        workers: Int
    ) async throws {
        var number = 0
        let source = BatchSource {
            defer { number += 1 }
            if number == 4 { throw PlannedFailure(index: 4) }
            return Self.batch(number)
        }
        try await BatchLoader(source, workers: workers).withBatches { batches async throws in
            for number in 0..<4 { #expect(try await batches.next() == Self.batch(number)) }
            await #expect(throws: PlannedFailure(index: 4)) { try await batches.next() }
            #expect(try await batches.next() == nil)
        }
    }

    @Test func `an endless closure is read no further than the queue allows`() async throws {
        let taken = Taken()
        let source = BatchSource { await taken.next() }
        try await BatchLoader(source, workers: 1, maxQueueSize: 4).withBatches { batches async throws in
            for consumed in 1...20 {
                _ = try await batches.next()
                #expect(await taken.count <= consumed + 4)
            }
        }
    }

    private actor Taken {
        var count = 0

        func next() -> Batch? {
            count += 1
            return GeneratorTests.batch(count)
        }
    }
}
