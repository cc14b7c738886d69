import LeatPipeline

/// The order in which one pass over the samples goes: a pure function of seed, pass and kind of shuffling.
enum SampleOrder {
    /// As they come.
    case sequential
    /// Batch numbers; samples within a batch stay in order. Full batches only: a short one comes last.
    case batches(BatchOrder)
    /// Sample numbers.
    case samples(BatchOrder)

    /// The order of the given pass over `count` samples in batches of `batchSize`.
    init(_ shuffle: Shuffle, count: Int, batchSize: Int, seed: UInt64, pass: Int) {
        self =
            switch shuffle {
            case .none: .sequential
            case .all: .samples(BatchOrder(count: count, shuffledBy: seed, epoch: pass))
            case .batch: .batches(BatchOrder(count: count / batchSize, shuffledBy: seed, epoch: pass))
            }
    }
}
