/// The samples of an epoch in the units that shuffles keep together: shards, whole or in part, once or several times.
///
/// Samples of the epoch are numbered unit by unit. Where every sample comes once, that number is its id. A shard without
/// samples is no unit.
struct SampleUnits: Sendable {
    /// A shard, or some of its samples.
    struct Unit: Sendable {
        let shard: Int
        /// The id of the shard's first sample.
        let firstID: Int
        let count: Int
        /// Which of the shard's samples these are, ascending; nil for all.
        var chosen: [UInt32]?

        /// The id of the unit's sample with the given number.
        func id(of number: Int) -> Int { firstID + (chosen.map { Int($0[number]) } ?? number) }
    }

    let units: [Unit]
    /// The number of each unit's first sample, and that of all.
    let starts: [Int]
    /// The id of each shard's first sample, and the number of all ids.
    let shardStarts: [Int]
    /// Whether each sample comes once.
    let areAll: Bool

    /// Every sample of the shards once.
    init(shardSizes: [Int]) {
        let starts = shardSizes.startsOfRuns
        let units = shardSizes.indices.lazy.filter { shardSizes[$0] > 0 }
            .map { Unit(shard: $0, firstID: starts[$0], count: shardSizes[$0]) }
        self.init(Array(units), shardStarts: starts, areAll: true)
    }

    init(_ units: [Unit], shardStarts: [Int], areAll: Bool) {
        self.units = units
        self.shardStarts = shardStarts
        self.areAll = areAll
        starts = units.map(\.count).startsOfRuns
    }

    /// How many samples an epoch has.
    var count: Int { starts[starts.count - 1] }

    /// The sizes of the units.
    var sizes: [Int] { units.map(\.count) }

    /// Writes the ids of neighbours of one unit, the first of which has the given number.
    func initialize(_ ids: UnsafeMutableBufferPointer<UInt32>, withIDsFrom first: Int) {
        let place = starts.run(containing: first)
        let unit = units[place]
        let number = first - starts[place]
        if let chosen = unit.chosen {
            let firstID = UInt32(unit.firstID)
            for index in ids.indices { ids.initializeElement(at: index, to: firstID + chosen[number + index]) }
        } else {
            let firstID = UInt32(unit.firstID + number)
            for index in ids.indices { ids.initializeElement(at: index, to: firstID + UInt32(index)) }
        }
    }

    /// Replaces numbers of samples by their ids.
    func replaceByIDs(_ numbers: inout [UInt32]) {
        if areAll { return }
        var ids: [UInt32] = []
        ids.reserveCapacity(count)
        for unit in units { ids.append(contentsOf: (0..<unit.count).lazy.map { UInt32(unit.id(of: $0)) }) }
        for index in numbers.indices { numbers[index] = ids[Int(numbers[index])] }
    }
}
