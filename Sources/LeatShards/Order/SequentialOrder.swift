/// The samples as they were written.
struct SequentialOrder: SampleOrder {
    private let units: SampleUnits

    init(_ units: SampleUnits) { self.units = units }

    var count: Int { units.count }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        if units.areAll { return ids.append(contentsOf: positions) }
        units.starts.forEachRun(of: positions) { place, positions in
            let unit = units.units[place]
            for position in positions { ids.append(unit.id(of: position - units.starts[place])) }
        }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        units.starts.forEachRun(of: positions) { place, _ in needs.note(units.units[place].shard) }
    }
}
