import Foundation
import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct ResumeTests {
    private static let shuffles: [ShardShuffle] = [
        .none, .shards, .global, .naive, .py1s, .py2s, ShardShuffle(.py1br, blockSize: 16),
        ShardShuffle(.py1e, blockSize: 16, canonicalNodes: 2),
    ]
    private let numbered: NumberedDataset

    init() throws { numbered = try NumberedDataset(37) }

    private func loader(
        _ shuffle: ShardShuffle, rank: Rank = .only, workers: Int = 0, batchShuffle: Bool = false
    ) throws -> BatchLoader {
        let dataset = try ShardDataset(numbered.path, batchSize: 8, shuffle: shuffle, seed: 11, rank: rank)
        return try BatchLoader(BatchSource(dataset), workers: workers, shuffle: batchShuffle, seed: 4)
    }

    private func read(_ batches: BatchStream) async throws -> [[Int]] {
        var read: [[Int]] = []
        while let batch = try await batches.next() { read.append(try batch.numbers) }
        return read
    }

    /// What the state says after it was written and read.
    private func kept(_ state: LoaderState?) throws -> LoaderState {
        try JSONDecoder().decode(LoaderState.self, from: JSONEncoder().encode(state))
    }

    @Test(arguments: shuffles, [false, true])
    func `Any batch can be resumed at, with any number of ranks`(shuffle: ShardShuffle, batchShuffle: Bool) async throws
    {
        for ranks in [1, 2, 4] {
            var whole: [[[Int]]] = []
            for rank in 0..<ranks {
                let loader = try loader(shuffle, rank: Rank(rank, of: ranks), batchShuffle: batchShuffle)
                whole.append(try await loader.withBatches(limit: 10) { try await read($0) })
            }
            for index in 0...10 {
                // Saved by the last of other ranks, read ahead by workers.
                let others = [1: 4, 2: 1, 4: 2][ranks] ?? 1
                let saving = try loader(
                    shuffle, rank: Rank(others - 1, of: others), workers: index % 3, batchShuffle: batchShuffle)
                let state = try await saving.withBatches { batches in
                    for _ in 0..<index { _ = try await batches.next() }
                    return try kept(batches.state)
                }
                #expect(state.position == BatchPosition(epoch: index / 5, index: index % 5))
                for rank in 0..<ranks {
                    let loader = try loader(
                        shuffle, rank: Rank(rank, of: ranks), workers: (index + 1) % 3, batchShuffle: batchShuffle)
                    let rest = try await loader.withBatches(resuming: state, limit: 10 - index) { try await read($0) }
                    #expect(rest == Array(whole[rank][index...]))
                }
            }
        }
    }

    @Test func `A state is small and says what it is about`() throws {
        let loader = try loader(ShardShuffle(.py1e, blockSize: 16), batchShuffle: true)
        let state = try #require(loader.state(at: BatchPosition(epoch: 2, index: 3)))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = String(decoding: try encoder.encode(state), as: UTF8.self)
        let fingerprint = try ShardDataset(numbered.path, batchSize: 1).index.fingerprint
        #expect(
            json == #"{"batch":3,"epoch":2,"settings":{"batchSeed":4,"batchShuffle":true,"batchSize":8,"batches":5,"#
                + #""blockSize":16,"canonicalNodes":1,"dataset":"\#(fingerprint)","dropRemainder":false,"inputs":"x","#
                + #""padRemainder":false,"samples":37,"seed":11,"shuffle":"py1e","source":"leat.shards"},"version":1}"#)
    }

    @Test func `Other settings are refused by name`() async throws {
        let path = numbered.path
        let other = try NumberedDataset(37, from: 1)
        func dataset(
            _ path: String, _ size: Int = 8, _ shuffle: ShardShuffle = .py1e, seed: UInt64 = 1, drop: Bool = false,
            pad: Bool = false, rank: Rank = .only, budget: Int = 1 << 20
        ) throws -> ShardDataset {
            try ShardDataset(
                path, batchSize: size, shuffle: shuffle, seed: seed, dropRemainder: drop, padRemainder: pad, rank: rank,
                memoryBudget: budget)
        }
        func streams(_ share: MixShare, _ other: MixShare) throws -> ShardDataset {
            try ShardDataset(streams: [ShardStream(path, share), ShardStream(path, other)], batchSize: 8)
        }
        func message(_ saved: ShardDataset, _ present: ShardDataset, shuffles: (Bool, Bool) = (true, true)) async throws
            -> String
        {
            let state = try BatchLoader(BatchSource(saved), shuffle: shuffles.0).state(at: BatchPosition(index: 2))
            let loader = try BatchLoader(BatchSource(present), shuffle: shuffles.1)
            do {
                try await loader.withBatches(resuming: kept(state)) { _ = try await $0.next() }
                return ""
            } catch let error as PipelineError {
                return error.code == .changedSettings ? error.message : "\(error.code)"
            }
        }
        let saved = try dataset(path)
        #expect(try await message(saved, dataset(path, rank: Rank(1, of: 4), budget: 0)) == "")
        let refusals: [(ShardDataset, [String])] = [
            (try dataset(other.path), ["dataset was `\(saved.index.fingerprint)` and is `"]),
            (try dataset(path, 4), ["batchSize was 8 and is 4", "batches was 5 and is 10"]),
            (
                try dataset(path, 8, .py1s),
                ["shuffle was `py1e` and is `py1s`", "blockSize was 4000000 and is not set"]
            ),
            (try dataset(path, 8, ShardShuffle(.py1e, blockSize: 99)), ["blockSize was 4000000 and is 99"]),
            (
                try dataset(path, 8, ShardShuffle(.py1e, blockSize: 4_000_000, canonicalNodes: 2)),
                ["canonicalNodes was 1 and is 2"]
            ),
            (try dataset(path, seed: 2), ["seed was 1 and is 2"]),
            (try dataset(path, drop: true), ["dropRemainder was false and is true"]),
            (try dataset(path, pad: true), ["padRemainder was false and is true"]),
        ]
        for (present, parts) in refusals {
            let message = try await message(saved, present)
            for part in parts { #expect(message.contains(part), "\(message)") }
        }
        let unshuffled = try await message(saved, saved, shuffles: (true, false))
        #expect(unshuffled.contains("batchShuffle was true and is false"))
        let mixed = try await message(streams(.whole, .repeats(2)), streams(.whole, .repeats(2.5)))
        #expect(mixed.contains("share.1 was `repeats 2.0` and is `repeats 2.5`"))
    }

    @Test func `What is no state is refused`() async throws {
        func state(_ json: String) throws -> LoaderState {
            try JSONDecoder().decode(LoaderState.self, from: Data(json.utf8))
        }
        #expect(throws: DecodingError.self) { try state(#"{"version":2,"epoch":0,"batch":0,"settings":{}}"#) }
        #expect(throws: DecodingError.self) { try state(#"{"version":1,"epoch":0,"settings":{}}"#) }
        #expect(throws: DecodingError.self) { try state(#"{"version":1,"epoch":0,"batch":0,"settings":{"a":[]}}"#) }
        let loader = try loader(.none)
        for position in [
            BatchPosition(index: 5), BatchPosition(index: -1), BatchPosition(epoch: -1), BatchPosition(epoch: .max),
        ] {
            let state = try #require(loader.state(at: position))
            await #expect(throws: PipelineError.self) {
                try await loader.withBatches(resuming: state) { _ = try await $0.next() }
            }
        }
        let closure = try BatchLoader(BatchSource { nil })
        #expect(closure.state(at: BatchPosition()) == nil)
        let position = try #require(loader.state(at: BatchPosition()))
        await #expect(throws: PipelineError.self) {
            try await closure.withBatches(resuming: position) { #expect($0.state == nil) }
        }
    }
}
