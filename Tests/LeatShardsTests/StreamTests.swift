import Foundation
import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct StreamTests {
    private let first: NumberedDataset
    private let second: NumberedDataset

    init() throws {
        first = try NumberedDataset(40)
        second = try NumberedDataset(20, from: 100)
    }

    private func dataset(
        _ shares: (MixShare, MixShare), epochSize: Int? = nil, shuffle: ShardShuffle = .py1e
    ) throws -> ShardDataset {
        try ShardDataset(
            streams: [ShardStream(first.path, shares.0), ShardStream(second.path, shares.1)], epochSize: epochSize,
            batchSize: 7, shuffle: shuffle, seed: 1)
    }

    @Test(arguments: [ShardShuffle.none, .shards, .global, .py1e, .naive])
    func `Streams are mixed sample by sample, in their shares`(shuffle: ShardShuffle) async throws {
        let all = try await dataset((.whole, .whole), shuffle: shuffle).numbers().flatMap(\.self)
        #expect(all.sorted() == Array(0..<40) + Array(100..<120))

        let half = try dataset((.proportion(1), .proportion(1)), epochSize: 30, shuffle: shuffle)
        var seen: [Set<Int>] = []
        for epoch in 0..<2 {
            let numbers = try await half.numbers(epoch: epoch).flatMap(\.self)
            #expect(numbers.count == 30 && numbers.count { $0 < 100 } == 15)
            #expect(Set(numbers).count == 30)
            seen.append(Set(numbers))
        }
        #expect(seen[0] != seen[1])

        let more = try await dataset((.choose(5), .repeats(2.5)), shuffle: shuffle).numbers().flatMap(\.self)
        #expect(more.count { $0 < 100 } == 5 && more.count { $0 >= 100 } == 50)
        let times = Dictionary(grouping: more.filter { $0 >= 100 }, by: \.self).mapValues(\.count)
        #expect(times.count == 20 && times.values.allSatisfy { $0 == 2 || $0 == 3 })
    }

    @Test func `A worker's copy reads the same mixture`() async throws {
        let dataset = try dataset((.repeats(0.5), .repeats(1.5)))
        let json = try JSONEncoder().encode(dataset.configuration)
        let copy = try await ShardDataset(
            configuration: JSONDecoder().decode(ShardDataset.Configuration.self, from: json))
        for epoch in 0..<3 { #expect(try await copy.numbers(epoch: epoch) == dataset.numbers(epoch: epoch)) }
    }

    @Test func `The shards that a mixture needs are told in the order of first need`() async throws {
        let order = try dataset((.repeats(2), .repeats(0.5)), shuffle: .shards).order(epoch: 0)
        let shards = order.shards(at: 0..<order.count)
        #expect(Set(shards).count == shards.count && shards.count <= 8)
    }

    @Test func `Shares that don't go together are refused`() async throws {
        func message(_ a: MixShare, _ b: MixShare, epochSize: Int? = nil) async -> String? {
            let error = await shardError { _ = try dataset((a, b), epochSize: epochSize) }
            return error?.code == .outOfRange ? error?.message : nil
        }
        #expect(await message(.proportion(1), .whole)?.contains("all datasets of a mixture have a proportion") == true)
        #expect(await message(.repeats(0), .whole)?.contains("`repeats 0.0`") == true)
        #expect(await message(.whole, .repeats(.nan))?.contains("Dataset 1") == true)
        #expect(await message(.whole, .repeats(1e12))?.contains("at most") == true)
        #expect(await message(.choose(-1), .whole)?.contains("`choose -1`") == true)
        #expect(await message(.choose(3), .whole, epochSize: 10)?.contains("Repeats and choices") == true)
        #expect(await message(.whole, .whole, epochSize: 0)?.contains("epoch of 0") == true)
        #expect(await shardError { _ = try ShardDataset(streams: [], batchSize: 1) } != nil)
    }
}
