/// The samples of a canonical node as `py1e` orders them, any part of that order by itself.
///
/// Streaming shuffles the samples of each span, a shard or a part of one, moves each sample by a random distance, and
/// sorts by the places where they come to stand. What a span's samples need of the random numbers follows from where the
/// generator stood before its shuffle and before its distances. Both are kept, so that a part of the order is worked out
/// from the spans that reach into it: at most half a block beyond their ends.
struct SmearedSpans: Sendable {
    private struct Span {
        let shuffle: NumPyGenerator.Mark
        let distances: NumPyGenerator.Mark
        /// The number of the first sample.
        let first: UInt32
    }

    private let units: SampleUnits
    private let sizes: Range<Int>
    private let random: NumPyGenerator
    private let spans: [Span]
    /// How many of the node's samples come before each span, and how many there are.
    private let starts: [Int]

    /// Takes from a generator what Streaming draws for a node with the given spans of the units' samples.
    ///
    /// Those of a span are spread over a number of samples that is drawn from `sizes`.
    init(_ ranges: ArraySlice<Range<Int>>, of units: SampleUnits, sizes: Range<Int>, _ random: inout NumPyGenerator) {
        let shuffles = ranges.map { range in
            defer { random.skipShuffle(range.count) }
            return random.mark
        }
        spans = zip(ranges, shuffles).map { range, shuffle in
            defer {
                _ = random.integer(in: sizes)
                random.skip(range.count)
            }
            return Span(
                shuffle: shuffle, distances: random.mark, first: UInt32(truncatingIfNeeded: range.lowerBound))
        }
        starts = ranges.map(\.count).startsOfRuns
        self.units = units
        self.sizes = sizes
        self.random = random
    }

    /// How many samples the node has.
    var count: Int { starts[spans.count] }

    /// The ids of the samples with places in a range, in the order of these.
    func ids(at places: Range<Int>) -> [UInt32] {
        let smears = spans(near: places).lazy.map(smear).filter {
            $0.first < Double(places.upperBound) && $0.last >= Double(places.lowerBound)
        }
        var sorter = PlaceSorter(places)
        for smear in smears { smear.forEachPlace { _, place in sorter.count(place) } }
        sorter.makeRoom()
        let longest = smears.reduce(0) { max($0, $1.range.count) }
        let ids = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: longest)
        defer { ids.deallocate() }
        for smear in smears {
            let samples = UnsafeMutableBufferPointer(rebasing: ids[..<smear.range.count])
            units.initialize(samples, withIDsFrom: Int(spans[smear.span].first))
            var random = random
            random.mark = spans[smear.span].shuffle
            random.shuffle(samples)
            smear.forEachPlace { index, place in sorter.add(samples[index], at: place) }
        }
        return sorter.sorted()
    }

    /// How many samples have places before the given one.
    func count(before place: Int) -> Int {
        let (spans, end) = (spans(near: place..<place), Double(place))
        var count = starts[spans.lowerBound]
        for smear in spans.lazy.map(smear) {
            if smear.last < end {
                count += smear.range.count
            } else if smear.first < end {
                smear.forEachPlace { count &+= Int(truncatingIfNeeded: ($1 - end).bitPattern >> 63) }
            }
        }
        return count
    }

    /// The spans that may have samples within a range of places, or on both sides of it.
    private func spans(near places: Range<Int>) -> Range<Int> {
        let reach = sizes.upperBound / 2 + 1
        let first = max(places.lowerBound - reach, 0)
        let last = min(places.upperBound + reach, count) - 1
        return starts.run(containing: first)..<starts.run(containing: last) + 1
    }

    private func smear(_ span: Int) -> Smear {
        let range = starts[span]..<starts[span + 1]
        var random = random
        random.mark = spans[span].distances
        let cut = max(Double(random.integer(in: sizes) - range.count) / 2, 0)
        return Smear(
            span: span, range: range, low: max(-cut, -Double(range.lowerBound)),
            high: min(cut, Double(count - range.upperBound)), random: random)
    }
}

/// How the samples of a span are moved.
private struct Smear {
    let span: Int
    /// Which of the node's samples they are.
    let range: Range<Int>
    /// The bounds of the distances.
    let low: Double
    let high: Double
    /// Draws the distances.
    let random: NumPyGenerator

    /// The first and the last place that a sample can have.
    var first: Double { Double(range.lowerBound) + low }
    var last: Double { Double(range.upperBound - 1) + high }

    /// Calls `body` for each sample: which of the span's it is after the shuffle, and where it comes to stand.
    @inline(__always) func forEachPlace(_ body: (_ index: Int, _ place: Double) -> Void) {
        random.forEachUniform(low, high, count: range.count) { body($0, Double(range.lowerBound + $0) + $1) }
    }
}
