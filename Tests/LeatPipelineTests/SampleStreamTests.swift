import LeatCore
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

@Suite struct SampleStreamTests {
    /// The numbered samples in blocks of three, and how many passes were begun.
    private final class Source: Sendable {
        let passes = Atomic(0)

        func stream(_ count: Int) -> SampleStream {
            SampleStream {
                self.passes.add(1, ordering: .relaxed)
                var next = 0
                return {
                    let block = next..<min(next + 3, count)
                    next = block.upperBound
                    return block.map(NumberedSamples.sample)
                }
            }
        }
    }

    private func collected<Stream: AsyncSequence>(_ stream: Stream) async throws -> [Stream.Element] {
        var all: [Stream.Element] = []
        for try await element in stream { all.append(element) }
        return all
    }

    @Test func `A stream is read anew each time, and as often as it is to be repeated`() async throws {
        let source = Source()
        let stream = source.stream(7)
        #expect(try await collected(stream) == (0..<7).map(NumberedSamples.sample))
        #expect(try await collected(stream.repeated(2)).count == 14)
        #expect(source.passes.load(ordering: .relaxed) == 3)
        #expect(try await collected(source.stream(0).repeated()).isEmpty)
        #expect(try await collected(stream.repeated(0)).isEmpty)
        var iterator = stream.repeated().makeAsyncIterator()
        for number in 0..<30 { #expect(try await iterator.next() == NumberedSamples.sample(number % 7)) }
    }

    @Test func `Transformations are those of sequences, with the same random numbers`() async throws {
        let draw: @Sendable (Sample, inout PhiloxGenerator) throws -> Sample = { sample, random in
            var sample = sample
            sample["r"] = .text("\(random.next())")
            return sample
        }
        let stream = Source().stream(8).filter { try $0.text("name") != "2" }.map(seed: 4, draw).select("r", "y")
        let samples = try await collected(stream.repeated(2))
        #expect(samples.count == 14)
        // The filter is a stage of the stream, but none of the sequence.
        let sequence = NumberedSamples(8).map { $0 }.map(seed: 4, draw).select("r", "y")
        #expect(samples[2] == (try await sequence.sample(at: 3)))
        #expect(samples[7 + 6] == (try await sequence.sample(at: 7, epoch: 1)))
    }

    @Test func `Batches of a stream are those of the sequence`() async throws {
        let stream = Source().stream(33)
        let samples = NumberedSamples(33)
        func expect(_ streamed: StreamedBatches, _ batches: SampleBatches) async throws {
            var expected: [Batch] = []
            for index in 0..<batches.count { expected.append(try await batches.batch(at: index)) }
            #expect(try await collected(streamed) == expected)
            let loader = try BatchLoader(BatchSource(streamed), workers: 1)
            #expect(try await collect(loader, limit: 100) == expected)
        }
        let padding = BatchPadding(value: 2, side: .start)
        try await expect(stream.paddedBatches(4, padding: padding), samples.paddedBatches(4, padding: padding))
        try await expect(
            stream.bucketedBatches(boundaries: [2, 4], batchSizes: [5]),
            samples.bucketedBatches(boundaries: [2, 4], batchSizes: [5]))
        try await expect(
            stream.bucketedBatches(boundaries: [4], batchSizes: [3, 2], dropRemainder: true),
            samples.bucketedBatches(boundaries: [4], batchSizes: [3, 2], dropRemainder: true))
        let alike: @Sendable (Sample) throws -> Sample = { Sample(["x": try $0.value("y")]) }
        try await expect(stream.map(alike).batched(5), samples.map(alike).batched(5))
    }

    @Test func `An error comes in its place`() async throws {
        let stream = Source().stream(5).map { sample in
            if try sample.text("name") == "3" { throw PipelineError(.invalidSetting, "three") }
            return sample
        }
        var iterator = stream.makeAsyncIterator()
        for number in 0..<3 { #expect(try await iterator.next() == NumberedSamples.sample(number)) }
        await #expect(throws: PipelineError(.invalidSetting, "three")) { try await iterator.next() }
    }

    @Test func `Shuffled, every sample comes once in a pass, and none much too early`() async throws {
        let stream = try Source().stream(50).map { $0 }.shuffled(buffer: 10, seed: 3)
        let samples = try await collected(stream.repeated(2)).map { Int(try $0.text("name")) ?? -1 }
        let passes = [Array(samples.prefix(50)), Array(samples.dropFirst(50))]
        #expect(passes[0] != passes[1])
        for pass in passes {
            #expect(pass.sorted() == Array(0..<50))
            #expect(pass.enumerated().allSatisfy { place, number in number <= place + 10 })
        }
        #expect(passes[0] == (try await collected(stream).map { Int(try $0.text("name")) ?? -1 }))
        #expect(throws: PipelineError.self) { try Source().stream(1).shuffled(buffer: 0, seed: 0) }
        // A filter that keeps nothing ends a stream that is repeated for ever.
        #expect(try await collected(Source().stream(5).filter { _ in false }.repeated()).isEmpty)
    }
}
