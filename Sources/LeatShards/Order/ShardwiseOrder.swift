import LeatCore

/// Shards in random order, the samples of each in random order.
struct ShardwiseOrder: SampleOrder {
    private let units: SampleUnits
    private let seed: UInt64
    private let epoch: Int
    /// The units in their order in this epoch, and the position at which each begins.
    private let places: [Int]
    private let begins: [Int]
    /// Neighbouring batches want the same shards' permutations.
    private let permutations = RecentValues<Int, [UInt32]>(limit: 4)

    init(_ units: SampleUnits, seed: UInt64, epoch: Int) {
        self.units = units
        self.seed = seed
        self.epoch = epoch
        var generator = PhiloxGenerator(shuffleSeed: seed, epoch: epoch, part: 0)
        let places = generator.permutation(units.units.count).map { Int($0) }
        self.places = places
        begins = places.map { units.units[$0].count }.startsOfRuns
    }

    var count: Int { units.count }

    func appendSamples(at positions: Positions, to ids: inout [Int]) {
        begins.forEachRun(of: positions) { run, positions in
            let unit = units.units[places[run]]
            let samples = permutation(of: places[run])
            for position in positions { ids.append(unit.id(of: Int(samples[position - begins[run]]))) }
        }
    }

    func noteShards(at positions: Positions, in needs: inout ShardNeeds) {
        begins.forEachRun(of: positions) { run, _ in needs.note(units.units[places[run]].shard) }
    }

    private func permutation(of unit: Int) -> [UInt32] {
        permutations.value(for: unit) {
            var generator = PhiloxGenerator(shuffleSeed: seed, epoch: epoch, part: unit + 1)
            return generator.permutation(units.units[unit].count)
        }
    }
}

extension PhiloxGenerator {
    /// Random numbers for shuffling; the offset keeps them apart from others drawn with the same seed.
    init(shuffleSeed seed: UInt64, epoch: Int, part: Int) {
        self.init(seed: seed &+ 0x5348_5546_464C_4521, stream: UInt64(truncatingIfNeeded: epoch) << 32 | UInt64(part))
    }

    /// A permutation of 0 ..< `count` by Fisher and Yates, spelled out so that it stays the same in every release.
    mutating func permutation(_ count: Int) -> [UInt32] {
        var numbers = Array(0..<UInt32(count))
        guard count > 1 else { return numbers }
        for index in stride(from: count - 1, to: 0, by: -1) {
            // The high word of the product is uniform up to 2⁻³² for as many samples as a shard can have.
            numbers.swapAt(index, Int(next().multipliedFullWidth(by: UInt64(index + 1)).high))
        }
        return numbers
    }
}
