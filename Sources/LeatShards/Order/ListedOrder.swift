/// An order that was worked out as a whole: four bytes a sample.
struct ListedOrder: SampleOrder {
    private let ids: [UInt32]
    private let shardStarts: [Int]

    /// The order of ids; `shardStarts` says which shard an id belongs to.
    init(_ ids: [UInt32], shardStarts: [Int]) {
        self.ids = ids
        self.shardStarts = shardStarts
    }

    var count: Int { ids.count }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        for position in positions { ids.append(Int(self.ids[position])) }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        var current = 0..<0
        for position in positions { needs.note(shardOf: Int(ids[position]), shardStarts, &current) }
    }
}

extension ListedOrder {
    /// The order of numbers as canonical nodes read it, side by side: the first number of each node, the second of
    /// each, and so on.
    ///
    /// Node c has the numbers c · n / C ..< (c + 1) · n / C; one that has fewer than others repeats its last.
    static func sideBySide(_ numbers: [UInt32], nodes: Int) -> [UInt32] {
        if nodes == 1 { return numbers }
        let starts = (0...nodes).map { numbers.count * $0 / nodes }
        let length = (numbers.count + nodes - 1) / nodes
        var order: [UInt32] = []
        order.reserveCapacity(length * nodes)
        for place in 0..<length {
            for node in 0..<nodes { order.append(numbers[min(starts[node] + place, starts[node + 1] - 1)]) }
        }
        return order
    }
}
