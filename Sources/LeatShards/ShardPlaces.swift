/// Where a sample is: in which of a batch's shards, and at which number there.
struct ShardPlace: Hashable {
    /// The place of the shard among those of the batch.
    var shard: Int32
    /// The number of the sample in the shard.
    var sample: Int32
}

/// Finds samples in shards.
enum ShardPlaces {
    /// Where the samples with the given numbers are, and the shards that hold them, each once, in the order in which they
    /// are first needed; `starts` are the numbers of each shard's first sample, and of all samples.
    static func find(_ numbers: [Int], starts: [Int]) -> (places: [ShardPlace], shards: [Int]) {
        var shards: [Int] = []
        var known: [Int: Int] = [:]
        // A power of two, so many that most shards of the batch are told apart without hashing.
        let tableSize = min(max(2 * numbers.count, 64).roundedUpToPowerOfTwo, 4096)
        let places = withUnsafeTemporaryAllocation(of: (shard: Int, place: Int).self, capacity: tableSize) { table in
            table.initialize(repeating: (-1, 0))
            var current = 0..<0
            var place = 0
            return [ShardPlace](unsafeUninitializedCapacity: numbers.count) { places, count in
                for number in numbers {
                    if !current.contains(number) {
                        let shard = starts.run(containing: number)
                        current = starts[shard]..<starts[shard + 1]
                        let slot = shard & (tableSize - 1)
                        if table[slot].shard != shard {
                            table[slot] = (shard, Self.place(of: shard, &shards, &known))
                        }
                        place = table[slot].place
                    }
                    places[count] = ShardPlace(
                        shard: Int32(truncatingIfNeeded: place),
                        sample: Int32(truncatingIfNeeded: number - current.lowerBound))
                    count += 1
                }
            }
        }
        return (places, shards)
    }

    private static func place(of shard: Int, _ shards: inout [Int], _ known: inout [Int: Int]) -> Int {
        if let place = known[shard] { return place }
        known[shard] = shards.count
        shards.append(shard)
        return shards.count - 1
    }
}

extension Int {
    fileprivate var roundedUpToPowerOfTwo: Int { 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
