import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct OrderTests {
    private let sizes = [5, 0, 17, 1, 30, 0]

    @Test func `A shardwise order is a permutation that keeps shards together`() {
        let starts = sizes.startsOfRuns
        for epoch in 0..<20 {
            let order = ShardShuffle.shards.order(of: SampleUnits(shardSizes: sizes), seed: 1, epoch: epoch)
            let ids = order.samples(at: 0..<53)
            #expect(ids.sorted() == Array(0..<53))
            let shards = ids.map { starts.run(containing: $0) }
            let changes = zip(shards, shards.dropFirst()).count { $0 != $1 }
            #expect(changes == 3)
        }
    }

    @Test func `Any range of an order is that range of the whole`() {
        let order = ShardShuffle.shards.order(of: SampleUnits(shardSizes: sizes), seed: 9, epoch: 2)
        let whole = order.samples(at: 0..<53)
        for begin in 0..<53 {
            for end in begin...53 { #expect(order.samples(at: begin..<end) == Array(whole[begin..<end])) }
        }
    }

    @Test(arguments: [ShardShuffle.none, .shards])
    func `The shards that positions need come in the order of first need`(shuffle: ShardShuffle) {
        let starts = sizes.startsOfRuns
        let order = shuffle.order(of: SampleUnits(shardSizes: sizes), seed: 9, epoch: 2)
        for begin in 0..<53 {
            for end in begin...53 {
                var expected: [Int] = []
                for id in order.samples(at: begin..<end) {
                    let shard = starts.run(containing: id)
                    if !expected.contains(shard) { expected.append(shard) }
                }
                #expect(order.shards(at: begin..<end) == expected)
            }
        }
        #expect(order.shards(at: 50..<1000) == order.shards(at: 50..<53))
        #expect(order.shards(at: 100..<1000).isEmpty)
    }

    @Test func `Orders depend on seed and epoch and on nothing else`() {
        func ids(_ seed: UInt64, _ epoch: Int) -> [Int] {
            ShardShuffle.shards.order(of: SampleUnits(shardSizes: sizes), seed: seed, epoch: epoch).samples(at: 0..<53)
        }
        #expect(ids(1, 1) == ids(1, 1))
        let different = [ids(1, 0), ids(1, 1), ids(1, 2), ids(2, 0), ids(2, 1), ids(0, 0)]
        #expect(Set(different).count == different.count)
    }

    @Test func `The order stays what it was in earlier releases`() {
        let ids = ShardShuffle.shards.order(of: SampleUnits(shardSizes: [4, 3, 5]), seed: 7, epoch: 1).samples(
            at: 0..<12)
        #expect(ids == [5, 6, 4, 2, 1, 3, 0, 9, 8, 7, 10, 11])
    }

    @Test func `Every permutation of a few is about equally likely`() {
        var counts: [[Int]: Int] = [:]
        for epoch in 0..<6000 {
            var generator = PhiloxGenerator(shuffleSeed: 3, epoch: epoch, part: 1)
            counts[generator.permutation(3).map { Int($0) }, default: 0] += 1
        }
        #expect(counts.count == 6)
        // Five standard deviations of a binomial with 6000 draws and probability 1/6.
        for count in counts.values { #expect(abs(count - 1000) < 145) }
    }

    @Test func `Shuffled batches hold every sample once, whatever the batch size and the budget`() async throws {
        let path = try Fixture.path("gz")
        var orders: Set<[Int]> = []
        for (batchSize, budget) in [(1, 0), (7, 1), (7, 1 << 20), (50, 0), (64, 700)] {
            let dataset = try ShardDataset(
                path, batchSize: batchSize, shuffle: .shards, seed: 5, memoryBudget: budget)
            var rows: [[UInt8]] = []
            for index in 0..<dataset.count {
                let batch = try await dataset.batch(at: index, epoch: 4)
                for row in 0..<batch.count { rows.append(try batch.inputs[row].elements()) }
            }
            let expected = try await ShardDataset(path, batchSize: 50).batch(at: 0).inputs
            let all = try (0..<50).map { try expected[$0].elements(as: UInt8.self) }
            orders.insert(try rows.map { row in try #require(all.firstIndex(of: row)) })
        }
        #expect(orders.count == 1)
        #expect(orders.first?.sorted() == Array(0..<50))
        #expect(orders.first != Array(0..<50))
    }
}
