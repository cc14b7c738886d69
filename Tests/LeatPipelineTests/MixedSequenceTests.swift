import LeatCore
import LeatTestSupport
import Testing

@testable import LeatPipeline

@Suite struct MixedSequenceTests {
    @Test func `turns are even wherever they are cut`() {
        var random = PhiloxGenerator(seed: 4)
        for _ in 0..<300 {
            let counts = (0..<Int.random(in: 1...6, using: &random)).map { _ in Int.random(in: 0...40, using: &random) }
            let total = counts.reduce(0, +)
            var taken = counts.map { _ in 0 }
            for number in 0..<total {
                let (source, turn) = Turns(counts).turn(at: number)
                #expect(turn == taken[source])
                taken[source] += 1
                for (count, have) in zip(counts, taken) {
                    #expect(
                        abs(Double(have) - Double(count) * Double(number + 1) / Double(total)) < Double(counts.count))
                }
            }
            #expect(taken == counts)
        }
    }

    private func source(_ number: Int, count: Int) -> ClosureSource {
        ClosureSource(count: count) { index, epoch in
            Batch(Tensor([Int32(number), Int32(index), Int32(epoch)]))
        }
    }

    private func parts(_ batches: [Batch]) throws -> [[Int]] {
        try batches.map { try $0.inputs.elements(as: Int32.self).map { Int($0) } }
    }

    @Test func `sources go on where the epoch before has left them`() async throws {
        let mixed = try MixedSequence([(source(0, count: 4), .repeats(0.5)), (source(1, count: 3), .repeats(2))])
        #expect(mixed.counts == [2, 6])
        let batches = try parts(await collect(BatchLoader(BatchSource(mixed), workers: 2), limit: 16))
        #expect(batches.filter { $0[0] == 0 } == [[0, 0, 0], [0, 1, 0], [0, 2, 0], [0, 3, 0]])
        #expect(
            batches.filter { $0[0] == 1 } == (0..<12).map { [1, $0 % 3, $0 / 3] })
        #expect(batches.prefix(8).map { $0[0] } == [1, 0, 1, 1, 1, 0, 1, 1])
    }

    @Test func `proportions divide an epoch, and what is left over goes to the largest remainders`() throws {
        let sources = [5, 50, 7].map { source(0, count: $0) }
        func counts(_ shares: [MixShare], _ count: Int? = nil) throws -> [Int] {
            try MixedSequence(zip(sources, shares).map { ($0, $1) }, count: count).counts
        }
        #expect(try counts([.proportion(1), .proportion(1), .proportion(1)], 10) == [4, 3, 3])
        #expect(try counts([.proportion(0.5), .proportion(0.26), .proportion(0.24)], 10) == [5, 3, 2])
        #expect(try counts([.whole, .whole, .whole], 124) == [10, 100, 14])
        #expect(try counts([.whole, .choose(0), .repeats(1.5)]) == [5, 0, 10])
        #expect(throws: PipelineError.self) { try counts([.whole, .proportion(1), .whole]) }
    }

    @Test func `a mixture of shards resumes and is refused when its shares change`() async throws {
        func loader(_ share: Double) throws -> BatchLoader {
            let mixed = try MixedSequence([
                (AnyBatchSequence(source(0, count: 4)), .repeats(share)),
                (AnyBatchSequence(source(1, count: 3)), .whole),
            ])
            return try BatchLoader(BatchSource(mixed), shuffle: true, seed: 2)
        }
        let all = try await collect(loader(2), limit: 22)
        for index in 0..<22 {
            let state = try await loader(2).withBatches { batches in
                for _ in 0..<index { _ = try await batches.next() }
                return batches.state
            }
            let rest = try await loader(2).withBatches(resuming: #require(state), limit: 22 - index) {
                try await collect($0)
            }
            #expect(rest == Array(all[index...]))
        }
        let state = try #require(try loader(2).state(at: BatchPosition(index: 1)))
        let error = await #expect(throws: PipelineError.self) {
            try await loader(1).withBatches(resuming: state) { _ = try await $0.next() }
        }
        #expect(error?.message.contains("part0.taken was 8 and is 4") == true)
    }

    @Test(arguments: [false, true]) func `worker processes open all parts`(processes: Bool) async throws {
        let mixed = try MixedSequence([
            (CountingSource(count: 3, seed: 1), .whole), (CountingSource(count: 5, seed: 2), .whole),
        ])
        #expect(MixedSequence<CountingSource>.workerName == "leat.mixed.CountingSource")
        let loader = try BatchLoader(
            BatchSource(mixed), workers: 2, useMultiprocessing: processes, launch: TestWorker.launch)
        let batches = try await collect(loader, limit: 16)
        #expect(batches.map(\.sourceEpoch) == Array(repeating: 0, count: 8) + Array(repeating: 1, count: 8))
        let inputs = try batches.prefix(8).map { try $0.inputs.elements(as: UInt8.self) }
        #expect(Set(inputs).count == 8)
    }
}
