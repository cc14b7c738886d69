public import LeatCore
public import LeatPipeline

/// A running training as its callbacks see it: what was asked for, how far it is, and the model's state.
///
/// It lives on the trainer's thread and only there. A callback may read and change the weights and the learning rate
/// at will: between two batches nobody else does.
public final class TrainingSession {
    /// The numbers of the epochs to train, from `initialEpoch`.
    public let epochs: Range<Int>
    /// The batches in an epoch.
    public let stepsPerEpoch: Int
    /// The samples in an epoch; nil for a generator.
    public let samples: Int?
    /// How much is printed.
    public let verbosity: Verbosity
    /// What is reported for training data, `loss` first; validation reports the same with `val_` before.
    public let metricsNames: [String]
    /// Whether each epoch ends with a validation.
    public let validates: Bool

    /// The samples in the running batch.
    public internal(set) var batchSize = 0 {
        didSet { largestBatchSize = max(largestBatchSize, batchSize) }
    }
    private(set) var largestBatchSize = 1
    /// Set it to end the training after the running batch or epoch.
    ///
    /// An epoch that is ended in a batch is not validated; `onEpochEnd` and `onTrainEnd` are called as ever.
    public var stopTraining = false
    /// Whether the data ended before the training.
    var isExhausted = false

    /// The batches that are trained on.
    var feed: (any BatchFeed)?

    private let executor: any StepExecutor
    private let console: Console
    private let hub: EventHub

    init(
        epochs: Range<Int>, stepsPerEpoch: Int, samples: Int?, verbosity: Verbosity, validates: Bool,
        executor: any StepExecutor, console: Console, hub: EventHub
    ) {
        self.epochs = epochs
        self.stepsPerEpoch = stepsPerEpoch
        self.samples = samples
        self.verbosity = verbosity
        self.validates = validates
        self.executor = executor
        self.console = console
        self.hub = hub
        metricsNames = executor.metricsNames
    }

    /// Copies of the model's weights, in Keras' order and layout.
    public var weights: [Tensor] { get throws { try executor.weights } }

    /// Gives the model other weights.
    ///
    /// - Throws: If their number or shapes are not the model's.
    public func setWeights(_ weights: [Tensor]) throws { try executor.setWeights(weights) }

    /// Lets stateful layers forget what they have seen, at the start of each epoch for one.
    public func resetStates() throws { try executor.resetStates() }

    /// The optimizer's learning rate.
    public var learningRate: Double {
        get { executor.learningRate }
        set { executor.learningRate = newValue }
    }

    /// How many batches the optimizer has been through.
    public var iterations: Int { executor.iterations }

    /// Where the batches have come to, after the running one; nil for data that can't be resumed.
    ///
    /// With the weights it is what is to be kept to go on from here with `fitGenerator(_:resuming:)`, with any number of
    /// workers or ranks. The optimizer's momenta and count of updates are not part of it, and begin anew.
    public var loaderState: LoaderState? { feed?.loaderState }

    /// Prints a line, unless the training is silent.
    public func say(_ line: String) {
        if verbosity != .silent { console.write(line + "\n") }
    }

    /// Reports something odd: as an event always, and as a line unless the training is silent.
    public func warn(_ message: String) {
        hub.send(.warning(message))
        say("Warning: \(message)")
    }
}
