import Foundation
import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

/// Ranks, remainders and states of sources that are no shards: samples by number, and tensors in memory.
@Suite(.timeLimit(.minutes(1))) struct RankedBatchesTests {
    enum Kind: CaseIterable, Sendable { case samples, shuffledSamples, tensors, shuffledTensors }

    private func source(
        _ kind: Kind, count: Int = 22, batchSize: Int = 8, drop: Bool = false, pad: Bool = false, rank: Rank = .only
    ) throws -> any BatchSequence {
        let seed: UInt64? = kind == .samples || kind == .tensors ? nil : 5
        switch kind {
        case .samples, .shuffledSamples:
            return try NumberedSamples(count).batched(
                batchSize, columns: BatchColumns(inputs: "y"), dropRemainder: drop, padRemainder: pad,
                shuffleSeed: seed, rank: rank)
        case .tensors, .shuffledTensors:
            return try TensorSequence(
                Tensor((0..<count).map { Int64($0) }), batchSize: batchSize, shuffleSeed: seed, dropRemainder: drop,
                padRemainder: pad, rank: rank)
        }
    }

    private func numbers(_ source: any BatchSequence, epoch: Int = 0) async throws -> [[Int]] {
        var numbers: [[Int]] = []
        for index in 0..<source.count {
            numbers.append(try await source.batch(at: index, epoch: epoch).inputs.elements(as: Int.self))
        }
        return numbers
    }

    /// The batches of all ranks together: the first of each rank, then the second of each, and so on.
    private func merged(_ ranks: [[[Int]]]) -> [[Int]] {
        ranks[0].indices.map { batch in
            (0..<(ranks.map { $0[batch].count }.max() ?? 0)).flatMap { row in
                ranks.compactMap { row < $0[batch].count ? $0[batch][row] : nil }
            }
        }
    }

    @Test(arguments: Kind.allCases, [1, 2, 4, 8])
    func `ranks together read the batches that one alone reads`(kind: Kind, ranks: Int) async throws {
        for epoch in 0..<2 {
            let alone = try await numbers(source(kind), epoch: epoch)
            var parts: [[[Int]]] = []
            for rank in 0..<ranks {
                parts.append(try await numbers(source(kind, rank: Rank(rank, of: ranks)), epoch: epoch))
            }
            #expect(Set(parts.map { $0.map(\.count) }).count == 1)
            let together = merged(parts)
            #expect(Array(together.dropLast()) == Array(alone.dropLast()))
            // Of the remainder of six, four or eight ranks read some twice.
            #expect(Array(together.last?.prefix(6) ?? []) == alone.last)
            #expect(Set(together.last ?? []) == Set(alone.last ?? []))
            #expect(alone.flatMap(\.self).sorted() == Array(0..<22))
        }
    }

    @Test(arguments: Kind.allCases) func `a remainder is kept, left out or filled up`(kind: Kind) async throws {
        let kept = try await numbers(source(kind))
        #expect(kept.map(\.count) == [8, 8, 6])
        #expect(try await numbers(source(kind, drop: true)) == Array(kept.dropLast()))
        let filled = try await numbers(source(kind, pad: true))
        #expect(filled == Array(kept.dropLast()) + [kept[2] + kept[0].prefix(2)])
        #expect(throws: PipelineError.self) { try source(kind, drop: true, pad: true) }
        #expect(throws: PipelineError.self) { try source(kind, rank: Rank(0, of: 3)) }
        #expect(throws: PipelineError.self) { try source(kind, rank: Rank(2, of: 2)) }
    }

    @Test(arguments: Kind.allCases) func `a state in the middle of an epoch is resumed with other ranks and workers`(
        kind: Kind
    ) async throws {
        func loader(workers: Int, rank: Rank = .only) throws -> BatchLoader {
            try BatchLoader(
                BatchSource(AnyBatchSequence(source(kind, rank: rank))), workers: workers, shuffle: true, seed: 3)
        }
        let (state, expected) = try await loader(workers: 2).withBatches(limit: 9) { batches in
            for _ in 0..<4 { _ = try await batches.next() }
            let state = batches.state
            return (state, try await collect(batches).map { try $0.inputs.elements(as: Int.self) })
        }
        let text = try JSONEncoder().encode(try #require(state))
        var parts: [[[Int]]] = []
        for rank in 0..<2 {
            let resumed = try JSONDecoder().decode(LoaderState.self, from: text)
            parts.append(
                try await loader(workers: rank, rank: Rank(rank, of: 2)).withBatches(resuming: resumed, limit: 5) {
                    try await collect($0).map { try $0.inputs.elements(as: Int.self) }
                })
        }
        #expect(expected.count == 5)
        #expect(merged(parts) == expected)
        let other = try BatchLoader(BatchSource(AnyBatchSequence(source(kind, pad: true))), shuffle: true, seed: 3)
        let error = await #expect(throws: PipelineError.self) {
            try await other.withBatches(resuming: try #require(state)) { _ in }
        }
        #expect(error?.code == .changedSettings)
        #expect(error?.message.contains("padRemainder") == true)
    }

    @Test func `a stream has no state and is not resumed`() async throws {
        let stream = SampleStream { { [] } }
        let loader = try BatchLoader(BatchSource(try stream.batched(4)))
        #expect(loader.state(at: BatchPosition(index: 1)) == nil)
        let state = LoaderState(position: BatchPosition(index: 1), settings: [:])
        let error = await #expect(throws: PipelineError.self) { try await loader.withBatches(resuming: state) { _ in } }
        #expect(error?.message.contains("can't be resumed") == true)
    }
}
