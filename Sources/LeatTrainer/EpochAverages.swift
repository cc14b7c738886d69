/// The averages of an epoch's or an evaluation's batch values: Σ size·value / Σ size.
///
/// Weighted metrics are averaged by the sum of the sample weights instead, as Keras 3's running totals are.
struct EpochAverages {
    let names: [String]
    private let weightedFrom: Int
    private var sums: [Double]
    private var size = 0.0
    private var weight = 0.0

    /// Averages over the named values; those from the index `weightedFrom` on are weighted metrics.
    init(names: [String], weightedFrom: Int = .max) {
        self.names = names
        self.weightedFrom = weightedFrom
        sums = Array(repeating: 0, count: names.count)
    }

    /// Forgets all batches.
    mutating func reset() {
        for index in sums.indices { sums[index] = 0 }
        size = 0
        weight = 0
    }

    /// Adds a batch of that many samples and that sum of sample weights.
    mutating func add(_ values: [Double], size: Int, weight: Double) {
        for index in sums.indices where index < values.count {
            if index < weightedFrom {
                sums[index] += values[index] * Double(size)
            } else if weight != 0 {
                sums[index] += values[index] * weight
            }
        }
        self.size += Double(size)
        self.weight += weight
    }

    /// Whether weighted metrics are among the values, so that `add` needs the sum of the sample weights.
    var needsWeights: Bool { weightedFrom < names.count }

    /// The averages; NaN before the first batch, and 0 for weighted metrics where all weights are 0, as in Keras.
    var values: MetricValues {
        MetricValues(
            names: names,
            values: sums.enumerated().map { index, sum in
                index >= weightedFrom && size > 0 && weight == 0 ? 0 : sum / (index < weightedFrom ? size : weight)
            })
    }
}
