import LeatCore
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

/// Who is to blame for a batch of samples that can't be made.
@Suite struct SampleFaultTests {
    private struct Odd: Error, CustomStringConvertible {
        var number: Int
        var description: String { "\(number) is odd." }
    }

    private func faults(_ source: some BatchSequence, limit: Int? = nil) async throws -> [BatchFault] {
        let loader = try BatchLoader(BatchSource(source), workers: 2, faultPolicy: .skip(.unlimited))
        return try await loader.withBatches(limit: limit ?? source.count) { batches in
            _ = try await collect(batches)
            return batches.faults
        }
    }

    private static func number(of sample: Sample) throws -> Int {
        try Int(sample.tensor("y").elements(as: Int64.self)[0])
    }

    /// Twelve samples of one shape, over some of which a transformation throws.
    private func samples(rejecting odd: Set<Int>) -> SamplePipeline {
        NumberedSamples(12).map { sample in
            let number = try Self.number(of: sample)
            if odd.contains(number) { throw Odd(number: number) }
            return Sample(["x": .number(Float(number)), "y": .number(Int64(number))])
        }
    }

    @Test func `The first sample of a batch that can't be made is recorded with its own reason`() async throws {
        let found = try await faults(try samples(rejecting: [5, 7, 8]).batched(4))
        #expect(
            found == [
                BatchFault(epoch: 0, batch: 1, sample: 5, reason: "5 is odd."),
                BatchFault(epoch: 0, batch: 2, sample: 8, reason: "8 is odd."),
            ])
    }

    @Test func `A filtered sample has the number that it has in its source`() async throws {
        let kept = try await NumberedSamples(12).filter { try $0.text("name") != "2" }
        let source = try kept.map { sample in
            if try sample.text("name") == "6" { throw Odd(number: 6) }
            return Sample(["x": .number(1 as Float)])
        }.batched(4)
        #expect(try await faults(source).map(\.sample) == [6])
    }

    @Test func `A sample that doesn't go with the others is to blame`() async throws {
        let shapes = samples(rejecting: []).map { sample in
            var sample = sample
            if try Self.number(of: sample) == 7 { sample["x"] = .tensor(Tensor([1, 2] as [Float])) }
            return sample
        }
        let ofShape = try await faults(try shapes.batched(4))
        #expect(ofShape.map(\.sample) == [7])
        #expect(ofShape.first?.reason.contains("The column 'x' makes no batch") == true)
        let columns = samples(rejecting: []).map { sample in
            var sample = sample
            if try Self.number(of: sample) == 10 { sample["y"] = nil }
            return sample
        }
        let ofColumn = try await faults(try columns.batched(4))
        #expect(ofColumn.map(\.sample) == [10])
        #expect(ofColumn.first?.reason.contains("no column 'y'") == true)
    }

    @Test func `Mixtures and sources of any type ask the source they have the batch of`() async throws {
        let sources = try [samples(rejecting: []), samples(rejecting: [9])].map { AnyBatchSequence(try $0.batched(4)) }
        let mixed = try MixedSequence(sources.map { ($0, .whole) })
        let found = try await faults(mixed, limit: 2 * mixed.count)
        #expect(found.map(\.epoch) == [0, 1])
        #expect(found.map(\.sample) == [9, 9])
    }

    @Test func `Where nothing is wrong the second time, no sample is blamed`() async throws {
        /// Fails once, the first time it is asked.
        final class Moody: SampleSequence {
            let count = 8
            private let hasFailed = Lock(false)

            func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
                let isFirst = hasFailed.withLock { failed in
                    defer { failed = true }
                    return !failed
                }
                if isFirst { throw Odd(number: -1) }
                return numbers.map { Sample(["x": .number(Float($0))]) }
            }
        }
        let loader = try BatchLoader(BatchSource(try Moody().batched(4)), workers: 0, faultPolicy: .skip(.unlimited))
        let found = try await loader.withBatches(limit: 2) { batches in
            _ = try await collect(batches)
            return batches.faults
        }
        #expect(found == [BatchFault(epoch: 0, batch: 0, reason: "-1 is odd.")])
    }

    @Test(arguments: [0, 2]) func `Without a policy the error is what was thrown over the batch`(workers: Int)
        async throws
    {
        let loader = try BatchLoader(BatchSource(try samples(rejecting: [5]).batched(4)), workers: workers)
        let error = await #expect(throws: Odd.self) { try await collect(loader, limit: 3) }
        #expect(error?.number == 5)
    }
}
