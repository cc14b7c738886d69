import LeatPipeline

/// All samples in random order, without memory: any sample may follow any other.
struct GlobalOrder: SampleOrder {
    private let units: SampleUnits
    private let permutation: KeyedPermutation

    init(_ units: SampleUnits, seed: UInt64, epoch: Int) {
        self.units = units
        permutation = KeyedPermutation(
            count: units.count, seed: seed, stream: UInt64(truncatingIfNeeded: epoch))
    }

    var count: Int { units.count }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        for position in positions {
            let number = permutation[position]
            if units.areAll {
                ids.append(number)
            } else {
                let place = units.starts.run(containing: number)
                ids.append(units.units[place].id(of: number - units.starts[place]))
            }
        }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        for position in positions { needs.note(units.units[units.starts.run(containing: permutation[position])].shard) }
    }
}
