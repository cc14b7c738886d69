/// Sorts numbers by places that come roughly in order, with memory for those only that may still be overtaken.
///
/// Places lie within 0 ..< `count` (or, by rounding, at the end) and there is one for each whole number on average, so
/// a bucket of neighbouring places is sorted by counting.
struct PlaceSorter {
    private struct Entry {
        var place: Double
        var number: UInt32
    }

    /// How many places make a bucket: few enough for the first cache.
    private static let width = 1024

    private let last: Int
    private var buckets: [[Entry]]
    private var firstFull = 0
    private var spares: [[Entry]] = []
    private var counts = [Int32](repeating: 0, count: PlaceSorter.width + 1)
    private var sorted: [Entry] = []

    init(count: Int) {
        last = max(count - 1, 0)
        buckets = Array(repeating: [], count: last / Self.width + 1)
    }

    mutating func add(_ number: UInt32, at place: Double) {
        let bucket = min(Int(place), last) / Self.width
        if buckets[bucket].isEmpty, let spare = spares.popLast() { buckets[bucket] = spare }
        buckets[bucket].append(Entry(place: place, number: number))
    }

    /// Writes, in order, the numbers of all buckets that end at the given place or before; returns the next free index.
    mutating func write(to numbers: UnsafeMutableBufferPointer<UInt32>, from index: Int, until place: Int) -> Int {
        var index = index
        while firstFull < buckets.count, (firstFull + 1) * Self.width <= place {
            var entries: [Entry] = []
            swap(&entries, &buckets[firstFull])
            sort(&entries, from: firstFull * Self.width)
            for entry in entries {
                numbers[index] = entry.number
                index += 1
            }
            entries.removeAll(keepingCapacity: true)
            if entries.capacity > 0 { spares.append(entries) }
            firstFull += 1
        }
        return index
    }

    private mutating func sort(_ entries: inout [Entry], from first: Int) {
        guard entries.count > 1 else { return }
        // Distribute by the whole number below, which leaves next to nothing for the insertion.
        for index in counts.indices { counts[index] = 0 }
        for entry in entries { counts[Self.slot(entry.place, first) + 1] += 1 }
        for index in 1..<counts.count { counts[index] += counts[index - 1] }
        sorted.removeAll(keepingCapacity: true)
        sorted.append(contentsOf: entries)
        for entry in entries {
            let slot = Self.slot(entry.place, first)
            sorted[Int(counts[slot])] = entry
            counts[slot] += 1
        }
        swap(&entries, &sorted)
        for index in 1..<entries.count {
            let entry = entries[index]
            var hole = index
            while hole > 0, entries[hole - 1].place > entry.place {
                entries[hole] = entries[hole - 1]
                hole -= 1
            }
            entries[hole] = entry
        }
    }

    private static func slot(_ place: Double, _ first: Int) -> Int { min(Int(place) - first, width - 1) }
}
