/// Every `step`-th position of an epoch, from `first` until before `end`.
struct Positions: Sequence, Sendable, Hashable {
    var first: Int
    var end: Int
    var step: Int

    init(_ range: Range<Int>) { self.init(first: range.lowerBound, end: range.upperBound, step: 1) }

    init(first: Int, end: Int, step: Int) {
        self.first = first
        self.end = end
        self.step = step
    }

    var underestimatedCount: Int { first < end ? (end - first - 1) / step + 1 : 0 }

    func makeIterator() -> StrideToIterator<Int> { stride(from: first, to: end, by: step).makeIterator() }
}

extension [Int] {
    /// For the lengths of runs: where each begins, and where the last one ends.
    var startsOfRuns: [Int] {
        var starts = [0]
        starts.reserveCapacity(count + 1)
        var total = 0
        for length in self {
            total += length
            starts.append(total)
        }
        return starts
    }

    /// For the starts of runs: the run, not an empty one, that contains a position before the last end.
    func run(containing position: Int) -> Int {
        var low = 0
        var high = count - 1
        // Where all runs but the last have the same length, it is where it would be.
        let length = high > 0 ? self[1] - self[0] : 0
        let likely = length > 0 ? (position - self[0]) / length : high
        if likely < high, self[likely] <= position, position < self[likely + 1] { return likely }
        while high - low > 1 {
            let middle = (low + high) / 2
            if self[middle] <= position { low = middle } else { high = middle }
        }
        return low
    }

    /// For the starts of runs: calls `body` with each run that holds some of the positions, and with those.
    ///
    /// However many positions there are, the cost is that of the runs.
    func forEachRun(of positions: Positions, _ body: (_ run: Int, _ positions: Positions) -> Void) {
        var rest = positions
        while rest.first < rest.end {
            let run = run(containing: rest.first)
            let part = Positions(first: rest.first, end: Swift.min(self[run + 1], rest.end), step: rest.step)
            body(run, part)
            rest.first += part.underestimatedCount * rest.step
        }
    }
}
