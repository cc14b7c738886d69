import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct RankTests {
    private static let shuffles: [ShardShuffle] = [
        .none, .shards, .global, .naive, ShardShuffle(.py1e, blockSize: 20), ShardShuffle(.py1s, canonicalNodes: 4),
        ShardShuffle(.py1br, blockSize: 20, canonicalNodes: 2),
    ]

    @Test(arguments: shuffles) func `Batches hold the same samples, however many ranks share them`(
        shuffle: ShardShuffle
    ) async throws {
        let numbered = try NumberedDataset(53)
        for (drop, pad) in [(false, false), (true, false), (false, true)] {
            func epoch(_ ranks: Int) async throws -> [[[Int]]] {
                var read: [[[Int]]] = []
                for rank in 0..<ranks {
                    let dataset = try ShardDataset(
                        numbered.path, batchSize: 8, shuffle: shuffle, seed: 3, dropRemainder: drop, padRemainder: pad,
                        rank: Rank(rank, of: ranks))
                    read.append(try await dataset.numbers(epoch: 2))
                }
                return read
            }
            let alone = try await epoch(1)[0]
            let positions = shuffle.positionCount(sampleCount: 53)
            #expect(alone.count == (drop ? positions / 8 : 7))
            #expect(alone.dropLast().allSatisfy { $0.count == 8 })
            if pad { #expect(alone[6].count == 8) }
            for ranks in [2, 4, 8] {
                let read = try await epoch(ranks)
                for (index, batch) in alone.enumerated() {
                    let parts = read.map { $0[index] }
                    // All ranks have as many samples, and what they have between them is the batch.
                    #expect(Set(parts.map(\.count)).count == 1)
                    #expect(Set(parts.flatMap(\.self)) == Set(batch))
                    for (rank, part) in parts.enumerated() where batch.count == 8 {
                        #expect(part == stride(from: rank, to: 8, by: ranks).map { batch[$0] })
                    }
                }
                #expect(read.allSatisfy { $0.count == alone.count })
            }
        }
    }

    @Test func `A last batch is filled up with the epoch's first samples`() async throws {
        let numbered = try NumberedDataset(13)
        let padded = try ShardDataset(numbered.path, batchSize: 5, padRemainder: true)
        #expect(try await padded.numbers() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9], [10, 11, 12, 0, 1]])
        let large = try ShardDataset(numbered.path, batchSize: 30, padRemainder: true)
        #expect(try await large.numbers() == [Array(0..<13) + Array(0..<13) + [0, 1, 2, 3]])
    }

    @Test func `Where there are fewer samples than ranks, ranks share them`() async throws {
        let numbered = try NumberedDataset(3)
        var read: [[[Int]]] = []
        for rank in 0..<8 {
            read.append(try await ShardDataset(numbered.path, batchSize: 8, rank: Rank(rank, of: 8)).numbers())
        }
        #expect(read == [0, 1, 2, 0, 1, 2, 0, 1].map { [[$0]] })
        #expect(try ShardDataset(numbered.path, batchSize: 8, dropRemainder: true, rank: Rank(7, of: 8)).count == 0)
    }

    @Test func `Plans of any size divide every epoch alike`() throws {
        var random = PhiloxGenerator(seed: 6)
        for _ in 0..<2000 {
            let positions = Int.random(in: 0...60, using: &random)
            let ranks = Int.random(in: 1...6, using: &random)
            let size = ranks * Int.random(in: 1...8, using: &random)
            let remainder = Int.random(in: 0...2, using: &random)
            let plans = try (0..<ranks).map {
                try BatchPlan(
                    positionCount: positions, batchSize: size, dropRemainder: remainder == 1,
                    padRemainder: remainder == 2, rank: Rank($0, of: ranks))
            }
            #expect(Set(plans.map(\.count)).count == 1 && Set(plans.map(\.sampleCount)).count == 1)
            for index in 0..<plans[0].count {
                let parts = plans.map { plan in plan.samples(ofBatch: index).map { plan.position(ofSample: $0) } }
                let batch = index * size..<min(positions, (index + 1) * size)
                let added = remainder == 2 ? min(positions, size - batch.count) : 0
                let expected = Set(batch).union(0..<added)
                #expect(Set(parts.flatMap(\.self)) == expected)
                #expect(parts.allSatisfy { !$0.isEmpty && $0.count == parts[0].count })
            }
            for plan in plans {
                #expect(plan.samples(ofBatch: max(plan.count - 1, 0)).upperBound == plan.sampleCount)
                for number in 0..<plan.sampleCount {
                    let position = plan.position(ofSample: number)
                    #expect((number < plan.unrepeatedCount) == (position == number * ranks + plan.rank.index))
                }
            }
        }
    }

    @Test func `Ranks and batch sizes that don't go together are refused`() async throws {
        let numbered = try NumberedDataset(10)
        func message(_ size: Int, _ rank: Rank, pad: Bool = false, drop: Bool = false) async -> String? {
            await shardError {
                _ = try ShardDataset(
                    numbered.path, batchSize: size, dropRemainder: drop, padRemainder: pad, rank: rank)
            }?.message
        }
        #expect(await message(9, Rank(0, of: 2))?.contains("9 samples can't be divided between 2 ranks") == true)
        #expect(await message(8, Rank(2, of: 2))?.contains("no rank 2 of 2") == true)
        #expect(await message(8, Rank(0, of: 0))?.contains("no rank 0 of 0") == true)
        #expect(await message(8, .only, pad: true, drop: true)?.contains("padRemainder") == true)
        #expect(await message(.max, .only, pad: true)?.contains("filled up to 2147483648") == true)
    }
}
