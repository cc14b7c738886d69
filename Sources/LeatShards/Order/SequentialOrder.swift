/// The samples as they were written.
struct SequentialOrder: SampleOrder {
    private let starts: [Int]

    init(shardSizes: [Int]) { starts = shardSizes.startsOfRuns }

    var count: Int { starts[starts.count - 1] }

    func appendSamples(at positions: Positions, to ids: inout [Int]) { ids.append(contentsOf: positions) }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        starts.forEachRun(of: positions) { shard, _ in needs.note(shard) }
    }
}
