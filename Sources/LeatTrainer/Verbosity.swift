/// How much a training, an evaluation or a prediction prints; written as Keras' 0, 1 or 2 or by name.
public enum Verbosity: Int, Sendable, Hashable {
    /// Nothing: 0.
    case silent = 0
    /// A progress bar an epoch, redrawn in place on a terminal: 1.
    case progressBar = 1
    /// A line an epoch: 2.
    case onePerEpoch = 2
}

extension Verbosity: ExpressibleByIntegerLiteral {
    /// Keras' number: 0 and below print nothing, 1 a bar, 2 and above a line an epoch.
    public init(integerLiteral value: Int) {
        self = value <= 0 ? .silent : value == 1 ? .progressBar : .onePerEpoch
    }
}
