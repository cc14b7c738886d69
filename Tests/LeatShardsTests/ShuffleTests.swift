import Foundation
import LeatCore
import Testing

@testable import LeatShards

@Suite struct ShuffleTests {
    private static let shuffles: [ShardShuffle] = ShardShuffle.Algorithm.allCases.flatMap { algorithm in
        [(2, 1), (5, 2), (40, 3), (1 << 18, 1)].map { ShardShuffle(algorithm, blockSize: $0, canonicalNodes: $1) }
    }

    /// Sizes of shards: few and many, empty ones, ones of a single sample, and ones larger than all blocks but one.
    private static func sizes(_ number: UInt64) -> [Int] {
        var random = PhiloxGenerator(seed: 77, stream: number)
        let kinds = [0, 1, 2, 7, 50, 130]
        return (0..<Int.random(in: 1...12, using: &random)).map { _ in kinds.randomElement(using: &random) ?? 0 }
    }

    @Test(arguments: shuffles) func `An order has every sample, and canonical nodes repeat only their last`(
        shuffle: ShardShuffle
    ) {
        for number in 0..<30 as Range<UInt64> {
            let units = SampleUnits(shardSizes: Self.sizes(number))
            guard shuffle.problem(sampleCount: units.count) == nil else { continue }
            for epoch in [0, 1, 1 << 40] {
                let order = shuffle.order(of: units, seed: number, epoch: epoch)
                #expect(order.count == shuffle.positionCount(sampleCount: units.count))
                let ids = order.samples(at: 0..<order.count)
                #expect(Set(ids) == Set(0..<units.count))
                #expect(ids.count - units.count < max(shuffle.canonicalNodes ?? 1, 1))
            }
        }
    }

    @Test(arguments: shuffles) func `Any part of an order, and its shards, are those of the whole`(
        shuffle: ShardShuffle
    ) {
        for number in 0..<12 as Range<UInt64> {
            let units = SampleUnits(shardSizes: Self.sizes(number))
            guard shuffle.problem(sampleCount: units.count) == nil else { continue }
            let order = shuffle.order(of: units, seed: 5, epoch: 3)
            let whole = order.samples(at: 0..<order.count)
            var random = PhiloxGenerator(seed: number)
            for _ in 0..<20 {
                let first = Int.random(in: 0...order.count, using: &random)
                let end = Int.random(in: first...order.count, using: &random)
                let positions = Positions(first: first, end: end, step: Int.random(in: 1...9, using: &random))
                var ids: [Int] = []
                order.appendSamples(at: positions, to: &ids)
                #expect(ids == positions.map { whole[$0] })
                var needs = ShardNeeds()
                order.noteShards(at: positions, in: &needs)
                var expected: [Int] = []
                for id in ids {
                    let shard = units.shardStarts.run(containing: id)
                    if !expected.contains(shard) { expected.append(shard) }
                }
                #expect(needs.shards == expected)
            }
        }
    }

    @Test(arguments: shuffles.filter { $0.algorithm != .none && $0.blockSize != 2 })
    func `Orders depend on seed and epoch and on nothing else`(
        shuffle: ShardShuffle
    ) {
        let units = SampleUnits(shardSizes: [60, 0, 1, 40, 33])
        func ids(_ seed: UInt64, _ epoch: Int) -> [Int] {
            let order = shuffle.order(of: units, seed: seed, epoch: epoch)
            return order.samples(at: 0..<order.count)
        }
        #expect(ids(1, 1) == ids(1, 1))
        #expect(Set([ids(1, 0), ids(1, 1), ids(1, 2), ids(50, 0), ids(50, 1)]).count == 5)
    }

    @Test func `Samples of a shard stay within about a block of each other`() {
        let sizes = Array(repeating: 100, count: 200)
        let order = ShardShuffle(.py1e, blockSize: 1000).order(of: SampleUnits(shardSizes: sizes), seed: 1, epoch: 0)
        var first: [Int: Int] = [:]
        var last: [Int: Int] = [:]
        for (position, id) in order.samples(at: 0..<order.count).enumerated() {
            if first[id / 100] == nil { first[id / 100] = position }
            last[id / 100] = position
        }
        let spreads = (0..<200).map { (last[$0] ?? 0) - (first[$0] ?? 0) }
        #expect(spreads.allSatisfy { (300..<1400).contains($0) })
    }

    @Test func `Parameters out of range are refused by name`() async throws {
        let path = try Fixture.path("zstd")
        func message(_ shuffle: ShardShuffle) async -> String? {
            let error = await shardError { _ = try ShardDataset(path, batchSize: 1, shuffle: shuffle) }
            return error.map { $0.code == .outOfRange ? $0.message : "\($0.code)" }
        }
        #expect(await message(ShardShuffle(.py1e, blockSize: 1))?.contains("blockSize must be from 2") == true)
        #expect(await message(ShardShuffle(.py1br, blockSize: .max))?.contains("blockSize") == true)
        #expect(await message(ShardShuffle(.py1s, canonicalNodes: 0))?.contains("0 canonical nodes") == true)
        #expect(await message(ShardShuffle(.py1e, canonicalNodes: 51))?.contains("51 canonical nodes") == true)
        #expect(await message(ShardShuffle(.py1e, canonicalNodes: 50)) == nil)
        #expect(ShardShuffle.py1e.problem(sampleCount: 1 << 32)?.contains("`global`") == true)
        #expect(ShardShuffle.global.problem(sampleCount: 1 << 32) == nil)
    }

    @Test func `Shuffles are written as a name, or as a name with parameters`() throws {
        func json(_ shuffle: ShardShuffle) throws -> String {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            return String(decoding: try encoder.encode(shuffle), as: UTF8.self)
        }
        func read(_ text: String) throws -> ShardShuffle {
            try JSONDecoder().decode(ShardShuffle.self, from: Data(text.utf8))
        }
        #expect(try json(.shards) == #""shards""#)
        #expect(try json(.py1e) == #"{"algorithm":"py1e","blockSize":4000000,"canonicalNodes":1}"#)
        #expect(try json(ShardShuffle(.py1s, canonicalNodes: 64)) == #"{"algorithm":"py1s","canonicalNodes":64}"#)
        for shuffle in Self.shuffles { #expect(try read(json(shuffle)) == shuffle) }
        #expect(try read(#""py1e""#) == .py1e)
        #expect(throws: DecodingError.self) { try read(#""py9""#) }
        #expect(ShardShuffle(.py1br, canonicalNodes: 64).description == "py1br(blockSize: 262144, canonicalNodes: 64)")
        #expect(ShardShuffle.none.description == "none")
    }

    @Test func `A global shuffle scores as random, a sequence as none`() throws {
        let sizes = Array(repeating: 500, count: 20)
        func score(_ shuffle: ShardShuffle) throws -> Double {
            try ShuffleQuality(of: shuffle, shardSizes: sizes, seed: 3).score
        }
        #expect(try score(.none) == 0)
        #expect(abs(try score(.global) - score(.naive)) < 0.1)
        #expect(try score(.shards) < score(ShardShuffle(.py1e, blockSize: 2000)))
        #expect(try ShuffleQuality(of: .py1e, shardSizes: []).score == 0)
        #expect(throws: ShardError.self) { try ShuffleQuality(of: .py1e, shardSizes: [-1]) }
    }
}
