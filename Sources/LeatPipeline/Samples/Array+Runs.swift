extension [Int] {
    /// The runs of numbers that follow each other: 4, 5, 6, 9 are `4..<7` and `9..<10`; for numbers that have a successor.
    package var runs: [Range<Int>] {
        var runs: [Range<Int>] = []
        for number in self {
            if let last = runs.last, last.upperBound == number {
                runs[runs.count - 1] = last.lowerBound..<number + 1
            } else {
                runs.append(number..<number + 1)
            }
        }
        return runs
    }
}
