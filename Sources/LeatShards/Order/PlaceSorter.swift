/// Sorts the ids of samples by the places where they stand; those that come first of equal places stay first.
///
/// There is about one place for each whole number, so that neighbouring places, as many as the first cache holds, make a
/// bucket, and a bucket is sorted by counting. All places are counted before the first is added.
struct PlaceSorter: ~Copyable {
    private struct Entry {
        var place: Double
        var id: UInt32
    }

    /// How many whole numbers make a bucket.
    private static let width = 1024
    /// How many parts of a whole number are told apart in counting: what is left to insertion are few.
    private static let parts = 2

    private let places: Range<Int>
    /// For each bucket, how many places there are, then where the next entry of it goes, at last where it ends.
    private let cursors: UnsafeMutableBufferPointer<Int>
    private var entries = UnsafeMutableBufferPointer<Entry>(start: nil, count: 0)

    /// A sorter of those places that lie within a range.
    init(_ places: Range<Int>) {
        self.places = places
        cursors = .allocate(capacity: (places.count + Self.width - 1) / Self.width)
        cursors.initialize(repeating: 0)
    }

    deinit {
        cursors.deallocate()
        entries.deallocate()
    }

    @inline(__always) private func bucket(of place: Double) -> Int? {
        let offset = Int(place) - places.lowerBound
        return UInt(bitPattern: offset) < UInt(places.count) ? offset / Self.width : nil
    }

    /// Counts a place if it is within the range.
    @inline(__always) func count(_ place: Double) {
        if let bucket = bucket(of: place) { advance(bucket) }
    }

    /// Moves a bucket's cursor on.
    @inline(__always) private func advance(_ bucket: Int) {
        // A copy: Swift 6.3 can't instrument the access in a value that is not copyable for the thread sanitizer.
        let cursors = cursors
        cursors[bucket] += 1
    }

    /// Ends the counting.
    mutating func makeRoom() {
        var total = 0
        for bucket in cursors.indices {
            let count = cursors[bucket]
            cursors[bucket] = total
            total += count
        }
        entries = .allocate(capacity: total)
    }

    /// Adds a sample if its place, which was counted, is within the range.
    @inline(__always) func add(_ id: UInt32, at place: Double) {
        guard let bucket = bucket(of: place) else { return }
        entries.initializeElement(at: cursors[bucket], to: Entry(place: place, id: id))
        advance(bucket)
    }

    /// The ids in the order of their places.
    func sorted() -> [UInt32] {
        let ends = [0] + cursors  // where buckets end, and before the first
        let largest = zip(ends, ends.dropFirst()).reduce(0) { max($0, $1.1 - $1.0) }
        return Array(unsafeUninitializedCapacity: entries.count) { ids, count in
            let counts = UnsafeMutableBufferPointer<Int32>.allocate(capacity: Self.width * Self.parts)
            let sorted = UnsafeMutableBufferPointer<Entry>.allocate(capacity: largest)
            for bucket in cursors.indices {
                let range = ends[bucket]..<ends[bucket + 1]
                let first = Double(places.lowerBound + bucket * Self.width)
                Self.sort(UnsafeMutableBufferPointer(rebasing: entries[range]), from: first, counts, to: sorted)
                for index in range { ids.initializeElement(at: index, to: sorted[index - range.lowerBound].id) }
            }
            counts.deallocate()
            sorted.deallocate()
            count = entries.count
        }
    }

    /// Sorts the entries of a bucket whose places begin with `first`.
    private static func sort(
        _ entries: UnsafeMutableBufferPointer<Entry>, from first: Double, _ counts: UnsafeMutableBufferPointer<Int32>,
        to sorted: UnsafeMutableBufferPointer<Entry>
    ) {
        func slot(_ entry: Entry) -> Int { Int((entry.place - first) * Double(parts)) }
        counts.update(repeating: 0)
        for entry in entries { counts[slot(entry)] += 1 }
        var total: Int32 = 0
        for slot in counts.indices {
            let count = counts[slot]
            counts[slot] = total
            total += count
        }
        for entry in entries {
            let slot = slot(entry)
            sorted.initializeElement(at: Int(counts[slot]), to: entry)
            counts[slot] += 1
        }
        guard entries.count > 1 else { return }
        for index in 1..<entries.count {
            let entry = sorted[index]
            var hole = index
            while hole > 0, sorted[hole - 1].place > entry.place {
                sorted[hole] = sorted[hole - 1]
                hole -= 1
            }
            if hole < index { sorted[hole] = entry }
        }
    }
}
