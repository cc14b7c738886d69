/// What happens in a training, as it happens.
public enum TrainingEvent: Sendable, Equatable {
    /// Training begins with these epochs, counted from 0.
    case trainingBegan(epochs: Range<Int>)
    /// An epoch begins.
    case epochBegan(Int)
    /// A batch of the running epoch was trained on; the values are its own, from before its update.
    case batchEnded(Int, MetricValues)
    /// An epoch ended; the values are its averages, those on validation data and whatever callbacks added.
    case epochEnded(Int, MetricValues)
    /// Something is odd but no error: data that ended early, a callback that waits for a value nobody reports.
    case warning(String)
    /// Training is over.
    case trainingEnded(Outcome)

    /// How a training ended.
    public enum Outcome: Sendable, Equatable {
        /// All epochs are done.
        case completed
        /// A callback or `stopTraining` ended it early.
        case stopped
        /// The data ended early.
        case exhausted
        /// Its task was cancelled.
        case cancelled
        /// It threw this error.
        case failed(String)
    }
}
