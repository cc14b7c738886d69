public import LeatCore
public import LeatModel

/// A compiled model in training: it owns the weights, the optimizer's state, and a thread on which all of it happens.
///
/// Made by `Sequential.compile`. All methods are Keras' under their Swift names, with Keras' order of arguments and
/// defaults.
///
/// **One at a time.** A batch is never interrupted, and one training runs at a time. Between two batches of a
/// training the trainer answers whoever waits: it gives its weights, or evaluates or predicts on tensors, all with the
/// weights of that moment. What would change or mix up the training is refused with `TrainerError` code `busy`:
/// another training, `trainOnBatch`, `setWeights`, evaluating or predicting from generators, and with a stateful model,
/// whose states every step moves on, evaluating and predicting at all.
///
/// **Cancelling** the task that trains ends the training before its next batch with `CancellationError`. The weights
/// are those after the last batch.
public actor Trainer {
    /// The model as it was compiled.
    public nonisolated let model: Sequential
    /// What is reported, `loss` first: Keras' `metrics_names`.
    public nonisolated let metricsNames: [String]

    /// What the latest training went through, epoch by epoch; kept also when it failed.
    public internal(set) var history = History()

    let executor: any StepExecutor
    let weightedFrom: Int
    let sampleWeightMode: SampleWeightMode?
    let hub = EventHub()
    var console = Console.standardOutput
    var isTraining = false
    var session: TrainingSession?
    var trainingCount = 0
    var generatorReaders = 0

    nonisolated let thread: TrainerExecutor

    /// Runs the actor on its own thread.
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// A trainer of the model, compiled as given; `threads` is the number that compute, 0 for one a processor.
    ///
    /// - Throws: If layers, loss or metrics don't fit each other, naming what does not.
    public init(
        _ model: Sequential, _ compilation: Compilation, sampleWeightMode: SampleWeightMode? = nil, threads: Int = 0
    ) throws {
        let executor = try ModelExecutor(model: model, compilation: compilation, threads: threads)
        try self.init(
            model, executor: executor, weightedMetricCount: compilation.weightedMetrics.count,
            sampleWeightMode: sampleWeightMode)
    }

    /// A trainer that predicts only.
    init(untrained model: Sequential) throws {
        try self.init(model, executor: ModelExecutor(model: model, compilation: nil))
    }

    init(
        _ model: Sequential, executor: sending any StepExecutor, weightedMetricCount: Int = 0,
        sampleWeightMode: SampleWeightMode? = nil, console: Console = .standardOutput
    ) throws {
        self.model = model
        self.console = console
        thread = try TrainerExecutor()
        metricsNames = executor.metricsNames
        weightedFrom = metricsNames.count - weightedMetricCount
        self.sampleWeightMode = sampleWeightMode
        self.executor = executor
    }

    /// Copies of the weights, in Keras' order and layout; empty until the first data tells the input's shape.
    public var weights: [Tensor] { get throws { try executor.weights } }

    /// The model with the weights that it has now, to save, or to compile in another way.
    ///
    /// - Throws: `ModelError` if the model doesn't state its input's shape.
    public var trainedModel: Sequential {
        get throws {
            var model = model
            let weights = try weights
            if !weights.isEmpty { try model.setWeights(weights) }
            return model
        }
    }

    /// Gives the model other weights.
    ///
    /// - Throws: If their number or shapes are not the model's, or a training runs.
    public func setWeights(_ weights: [Tensor]) throws {
        try requireIdle(for: "setWeights")
        try executor.setWeights(weights)
    }

    /// Lets stateful layers forget what they have seen: Keras' `reset_states`.
    ///
    /// - Throws: If a training runs; a callback resets the states through its session.
    public func resetStates() throws {
        try requireIdle(for: "resetStates")
        try executor.resetStates()
    }

    /// The optimizer's learning rate.
    public var learningRate: Double { executor.learningRate }

    /// Changes the learning rate; in a running training from the next batch on.
    public func setLearningRate(_ learningRate: Double) { executor.learningRate = learningRate }

    /// How many batches the optimizer has been through.
    public var iterations: Int { executor.iterations }

    /// Ends a running training after its current batch, as a callback's `stopTraining` does.
    public func stopTraining() { session?.stopTraining = true }

    /// Prints to another console from the next call on; at first it is the standard output.
    public func setConsole(_ console: Console) { self.console = console }

    /// The events of the running training, or of the next one if none runs; ask before training to see the first.
    ///
    /// A slow reader loses the oldest batch events beyond the given number, and never any other event. The sequence
    /// ends after `trainingEnded`, or when the trainer is gone.
    public nonisolated func events(bufferingNewestBatches limit: Int = 256) -> TrainingEvents {
        hub.subscribe(limit: limit)
    }

    /// Checks that nothing runs that a change of the weights would disturb.
    func requireIdle(for method: String) throws {
        try requireNoTraining(for: method)
        guard generatorReaders == 0 else {
            throw TrainerError(
                .busy,
                "\(method) can't run while the same trainer evaluates or predicts from a generator; wait for that.")
        }
    }

    /// Checks, for a model with states, that nothing runs which they would be mixed up with.
    func requireOwnStates(for method: String) throws {
        if executor.hasStates { try requireIdle(for: method) }
    }

    /// Checks that nothing runs that changes the weights.
    func requireNoTraining(for method: String) throws {
        guard !isTraining else {
            throw TrainerError(
                .busy, "\(method) can't run beside a training of the same trainer; wait for that, or cancel it.")
        }
    }

    /// Runs `body` as the one training.
    func training(_ method: String, _ body: () async throws -> History) async throws -> History {
        try requireIdle(for: method)
        isTraining = true
        defer { isTraining = false }
        return try await body()
    }
}
