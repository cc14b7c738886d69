import Crypto
import Foundation
import LeatPipeline
import Testing

@testable import LeatShards

/// What MosaicML Streaming and NumPy say; see `Fixtures/make_order_fixtures.py`.
struct StreamingOrders: Decodable {
    let sizes: [String: [Int]]
    let generators: [Generator]
    let shuffles: [Shuffle]
    let partitions: [Partition]
    let streams: [Stream]
    let qualities: [Quality]

    /// Numbers, or their hash where there are many.
    enum Numbers: Decodable, Equatable {
        case list([Int])
        case hash(String)

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let list = try? value.decode([Int].self) {
                self = .list(list)
            } else {
                self = .hash(try value.decode(String.self))
            }
        }

        /// Ours in the fixture's form.
        init(_ numbers: some Collection<Int>) {
            guard numbers.count > 64 else {
                self = .list(Array(numbers))
                return
            }
            var hash = SHA256()
            for number in numbers { withUnsafeBytes(of: Int64(number).littleEndian) { hash.update(bufferPointer: $0) } }
            self = .hash(hash.finalize().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        }
    }

    struct Generator: Decodable {
        let seed: String
        let plus: Int?
        let uniform, between: [Double]?
        let integers, list: [Int]?
        let permutations: [[Int]]?
        let long: Numbers?
        let choices: [Choice]?
        let end: Double
    }

    struct Choice: Decodable {
        let population, count: Int
        let chosen: Numbers

        init(from decoder: any Decoder) throws {
            var values = try decoder.unkeyedContainer()
            population = try values.decode(Int.self)
            count = try values.decode(Int.self)
            chosen = try values.decode(Numbers.self)
        }
    }

    struct Shuffle: Decodable {
        let algorithm, sizes, seed: String
        let nodes, block, epoch: Int
        let order: Numbers
    }

    struct Partition: Decodable {
        let samples, nodes, ranks, batch: Int
        /// By rank, the batches; -1 where a batch is short.
        let read: [[[Int]]]
    }

    struct Stream: Decodable {
        let sizes: [[Int]]
        let shares: [String]
        let total: Int?
        let shuffle: Bool
        let seed: UInt64
        let epoch: Int
        let counts, units: [Int]
        let ids: Numbers
    }

    struct Quality: Decodable {
        let sizes, algorithm, seed: String
        let block: Int
        let score: Double
    }

    static func load() throws -> StreamingOrders {
        try JSONDecoder().decode(
            StreamingOrders.self, from: Data(contentsOf: URL(filePath: Fixture.path("order.json"))))
    }
}

@Suite struct StreamingOrderTests {
    private let expected: StreamingOrders

    init() throws { expected = try StreamingOrders.load() }

    @Test func `NumPy's random numbers are drawn bit for bit`() throws {
        for golden in expected.generators {
            var random = NumPyGenerator(seed: try #require(UInt64(golden.seed)), plus: golden.plus ?? 0)
            for value in golden.uniform ?? [] { #expect(random.uniform(-3, 0.5) == value) }
            let ranges = [0..<1, 5..<6, 0..<2, 10..<13, 0..<1000, 7..<1 << 31, 0..<3 << 30, 1..<1 << 32]
            for (index, value) in (golden.integers ?? []).enumerated() {
                #expect(random.integer(in: ranges[index % ranges.count]) == value)
            }
            for value in golden.between ?? [] { #expect(random.uniform(0, 1) == value) }
            for value in golden.permutations ?? [] { #expect(random.permutation(value.count).map { Int($0) } == value) }
            if let long = golden.long { #expect(.init(random.permutation(100_000).map { Int($0) }) == long) }
            if let list = golden.list {
                var numbers = Array(0..<40)
                random.shuffle(&numbers, in: 0..<40)
                #expect(numbers == list)
            }
            for choice in golden.choices ?? [] {
                let chosen = random.choice(choice.population, choice.count)
                #expect(.init(chosen.map { Int($0) }) == choice.chosen, "\(choice.population) \(choice.count)")
            }
            #expect(random.uniform(0, 1) == golden.end)
        }
    }

    @Test func `Skipping comes to where drawing does`() {
        for count in [0, 1, 2, 3, 4, 5, 8, 9, 31, 64, 65, 1000, 4097] {
            for isHalfway in [false, true] {
                var drawn = NumPyGenerator(seed: 4, plus: count)
                if isHalfway { _ = drawn.next32() }
                var skipped = drawn
                var numbers = Array(0..<count)
                drawn.shuffle(&numbers, in: 0..<count)
                skipped.skipShuffle(count)
                for _ in 0..<count { _ = drawn.next() }
                skipped.skip(count)
                #expect((0..<4).map { _ in drawn.next32() } == (0..<4).map { _ in skipped.next32() }, "\(count)")
                var ahead: [Double] = []
                drawn.forEachUniform(-2, 3, count: count) {
                    #expect($0 == ahead.count)
                    ahead.append($1)
                }
                #expect(ahead == (0..<count).map { _ in drawn.uniform(-2, 3) })
            }
        }
    }

    @Test func `Shuffles give Streaming's orders`() throws {
        for golden in expected.shuffles {
            let shuffle = ShardShuffle(
                try #require(.init(rawValue: golden.algorithm)), blockSize: golden.block, canonicalNodes: golden.nodes)
            let sizes = try #require(expected.sizes[golden.sizes])
            let units = SampleUnits.withEmpty(sizes)
            let order = shuffle.order(of: units, seed: try #require(UInt64(golden.seed)), epoch: golden.epoch)
            #expect(
                .init(order.byNode(golden.nodes, sampleCount: units.count)) == golden.order,
                "\(golden.algorithm) of \(golden.sizes), \(golden.nodes) nodes, block \(golden.block)")
        }
    }

    @Test func `Ranks read what Streaming's read, batch by batch`() throws {
        for golden in expected.partitions {
            let numbers = ListedOrder.sideBySide(Array(0..<UInt32(golden.samples)), nodes: golden.nodes)
            let order = ListedOrder(numbers, shardStarts: [0, golden.samples])
            for (rank, batches) in golden.read.enumerated() {
                let plan = try BatchPlan(
                    positionCount: order.count, batchSize: golden.batch * golden.ranks,
                    rank: Rank(rank, of: golden.ranks))
                // Streaming's workers read as many batches each, the last of them perhaps of nothing.
                let filled = batches.map { $0.filter { $0 >= 0 } }.filter { !$0.isEmpty }
                let read = (0..<plan.count).map { RankOrder(order, plan).samples(at: plan.samples(ofBatch: $0)) }
                #expect(read == filled, "\(golden.samples) samples, \(golden.nodes) nodes, \(rank) of \(golden.ranks)")
            }
        }
    }

    @Test func `Streams give the samples that Streaming takes of them`() throws {
        for golden in expected.streams {
            let seed = golden.seed
            let counts = try MixShare.counts(
                golden.shares.map(share), sizes: golden.sizes.map { $0.reduce(0, +) }, total: golden.total
            ) { missing, fractions in
                var random = NumPyGenerator(seed: seed)
                return random.choice(fractions.count, missing).map { Int($0) }
            }
            #expect(counts == golden.counts)
            let starts = golden.sizes.map(\.count).startsOfRuns
            let sampling = StreamSampling(
                streams: counts.indices.map { (starts[$0]..<starts[$0 + 1], counts[$0]) },
                shardSizes: golden.sizes.flatMap(\.self), seed: seed, variesShards: golden.shuffle)
            let units = sampling.units(epoch: golden.epoch)
            #expect(units.sizes == golden.units)
            #expect(.init(SequentialOrder(units).samples(at: 0..<units.count)) == golden.ids)
        }
    }

    private func share(_ text: String) throws -> MixShare {
        let words = text.split(separator: " ")
        switch words[0] {
        case "proportion": return .proportion(try #require(Double(words[1])))
        case "repeats": return .repeats(try #require(Double(words[1])))
        case "choose": return .choose(try #require(Int(words[1])))
        default: return .whole
        }
    }

    @Test func `The quality of a shuffle is the simulator's`() throws {
        for golden in expected.qualities {
            let shuffle = ShardShuffle(
                try #require(.init(rawValue: golden.algorithm)), blockSize: golden.block)
            let quality = try ShuffleQuality(
                of: shuffle, shardSizes: try #require(expected.sizes[golden.sizes]),
                seed: try #require(UInt64(golden.seed)))
            #expect(abs(quality.score - golden.score) < 1e-9, "\(golden.algorithm) of \(golden.sizes)")
        }
    }
}
