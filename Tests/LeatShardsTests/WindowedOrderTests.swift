import LeatCore
import Testing

@testable import LeatShards

/// `py1e` is worked out in windows, and must be what it is as a whole.
@Suite struct WindowedOrderTests {
    /// An epoch of shards with the given sizes.
    private struct Epoch {
        var units: SampleUnits
        var nodes: Int
        var block: Int
        var seed: UInt64
        var epoch: Int

        /// Units that are drawn: few and many, smaller and larger than blocks, whole and in part, once and repeated.
        init(_ random: inout PhiloxGenerator) {
            let sizes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Int.random(in: 1...([1, 5, 60, 300].randomElement(using: &random) ?? 1), using: &random)
            }
            let total = sizes.reduce(0, +)
            let count = Bool.random(using: &random) ? total : Int.random(in: 1...2 * total, using: &random)
            nodes = min([1, 1, 2, 5].randomElement(using: &random) ?? 1, count)
            block = [2, 3, 10, 64, 500, 100_000].randomElement(using: &random) ?? 2
            seed = UInt64.random(in: 0...9, using: &random)
            epoch = Int.random(in: 0...3, using: &random)
            let sampling = StreamSampling(
                streams: [(sizes.indices, count)], shardSizes: sizes, seed: seed, variesShards: true)
            units = sampling.units(epoch: epoch)
        }

        func windowed(_ width: Int?) -> SmearedOrder {
            SmearedOrder(
                StreamingShuffle(units.sizes, nodes, seed, epoch), of: units, blockSize: block, windowWidth: width)
        }

        /// The same order worked out as a whole, as Streaming's code reads.
        var whole: [Int] {
            let stream = StreamingShuffle(units.sizes, nodes, seed, epoch)
            var random = stream.random
            var ids: [UInt32] = []
            for node in stream.nodes {
                var spans = stream.spans[node].map { Array(UInt32($0.lowerBound)..<UInt32($0.upperBound)) }
                for span in spans.indices { random.shuffle(&spans[span], in: 0..<spans[span].count) }
                let count = spans.reduce(0) { $0 + $1.count }
                var places: [(place: Double, turn: Int, number: UInt32)] = []
                for span in spans {
                    let begin = places.count
                    let size = random.integer(in: Int(0.75 * Double(block))..<Int(1.25 * Double(block)))
                    let cut = max(Double(size - span.count) / 2, 0)
                    let low = max(-cut, -Double(begin))
                    let high = min(cut, Double(count - begin - span.count))
                    for number in span {
                        let place = Double(places.count) + random.uniform(low, high)
                        places.append((place, places.count, number))
                    }
                }
                places.sort { ($0.place, $0.turn) < ($1.place, $1.turn) }
                ids += places.map(\.number)
            }
            units.replaceByIDs(&ids)
            return ListedOrder.sideBySide(ids, nodes: nodes).map { Int($0) }
        }
    }

    @Test func `Windows of any width give Streaming's orders`() throws {
        let expected = try StreamingOrders.load()
        for golden in expected.shuffles where golden.algorithm == "py1e" {
            let sizes = try #require(expected.sizes[golden.sizes])
            let units = SampleUnits.withEmpty(sizes)
            let stream = StreamingShuffle(sizes, golden.nodes, try #require(UInt64(golden.seed)), golden.epoch)
            for width in [1 + units.count / 7, 1 + units.count / 40, 4096] {
                let order = SmearedOrder(stream, of: units, blockSize: golden.block, windowWidth: width)
                #expect(
                    .init(order.byNode(golden.nodes, sampleCount: units.count)) == golden.order,
                    "\(golden.sizes), \(golden.nodes) nodes, block \(golden.block), windows of \(width)")
            }
        }
    }

    @Test func `Windows of any width are those of the whole order, wherever one looks`() {
        var random = PhiloxGenerator(seed: 5)
        for _ in 0..<400 {
            let epoch = Epoch(&random)
            let whole = epoch.whole
            for width in [nil, 1, 7, 50, 333] {
                let order = epoch.windowed(width)
                #expect(order.count == whole.count)
                #expect(order.samples(at: 0..<order.count) == whole, "\(epoch), windows of \(width ?? 0)")
                // Backwards, and then anywhere.
                let backwards = (0..<order.count).reversed().map { order.samples(at: $0..<$0 + 1)[0] }
                #expect(backwards == whole.reversed())
                for _ in 0..<10 {
                    let first = Int.random(in: 0..<order.count, using: &random)
                    let end = Int.random(in: first...order.count, using: &random)
                    #expect(order.samples(at: first..<end) == Array(whole[first..<end]))
                }
            }
        }
    }

    @Test func `Threads that look at different windows see the same order`() async {
        var random = PhiloxGenerator(seed: 6)
        for _ in 0..<20 {
            let epoch = Epoch(&random)
            let (whole, order) = (epoch.whole, epoch.windowed(1 + epoch.units.count / 9))
            await withTaskGroup(of: Bool.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        var random = PhiloxGenerator(seed: 7, stream: UInt64(task))
                        return (0..<200).allSatisfy { _ in
                            let first = Int.random(in: 0..<whole.count, using: &random)
                            let end = min(first + 5, whole.count)
                            return order.samples(at: first..<end) == Array(whole[first..<end])
                        }
                    }
                }
                for await isEqual in group { #expect(isEqual) }
            }
        }
    }

    @Test func `A large order in windows of its own choice is that of the whole`() {
        var random = PhiloxGenerator(seed: 8)
        var epoch = Epoch(&random)
        epoch.units = SampleUnits(shardSizes: (0..<500).map { 1000 + $0 % 7 * 130 })
        for (nodes, block) in [(1, 5000), (1, 70_000), (4, 5000)] {
            (epoch.nodes, epoch.block) = (nodes, block)
            let order = epoch.windowed(nil)
            #expect(order.samples(at: 0..<order.count) == epoch.whole)
        }
    }
}

extension SampleUnits {
    /// Units of which some are empty: Streaming draws for empty shards as well.
    static func withEmpty(_ sizes: [Int]) -> SampleUnits {
        let starts = sizes.startsOfRuns
        let units = sizes.indices.map { Unit(shard: $0, firstID: starts[$0], count: sizes[$0]) }
        return SampleUnits(units, shardStarts: starts, areAll: true)
    }
}

extension SampleOrder {
    /// All ids in the order of each canonical node, one node after the other.
    func byNode(_ nodes: Int, sampleCount: Int) -> [Int] {
        (0..<nodes).flatMap { node in
            let count = sampleCount * (node + 1) / nodes - sampleCount * node / nodes
            var ids: [Int] = []
            appendSamples(at: Positions(first: node, end: node + count * nodes, step: nodes), to: &ids)
            return ids
        }
    }
}
