public import LeatCore
public import LeatPipeline

extension Trainer {
    /// Trains on batches that workers prepare ahead: Keras' `fit_generator`.
    ///
    /// What is trained on is a pure function of the source, the model's seed and the epochs: the number and the kind of
    /// workers change how fast batches come, not which. Workers live over all epochs. If a generator ends before
    /// `stepsPerEpoch · epochs` batches, the training ends after that epoch with a warning, as in Keras 3.
    ///
    /// - Parameters:
    ///   - generator: Where the batches come from.
    ///   - stepsPerEpoch: The batches of an epoch; nil for the source's `count`.
    ///   - epochs: The number of the last epoch, counted from 1.
    ///   - verbose: 0 prints nothing, 1 a progress bar an epoch, 2 a line an epoch.
    ///   - callbacks: Called in their order at the stages of the training.
    ///   - validationData: What to validate with after each epoch; a source gets as many workers as this one.
    ///   - validationSteps: The batches of a validation; nil for the source's `count`.
    ///   - classWeight: What a sample counts in the loss by its class.
    ///   - maxQueueSize: How many batches may wait; nil for a number that goes with the workers.
    ///   - workers: How many tasks or processes prepare batches; with 0 each is made when it is its turn, nil for as
    ///     many as there are processors, or none where that is faster.
    ///   - useMultiprocessing: Whether workers are processes; the source must be a `WorkerSource` then.
    ///   - shuffle: Whether the batches' order changes from epoch to epoch, for sources with a `count`.
    ///   - initialEpoch: The epochs that were trained before.
    ///   - state: Where a training of this source was interrupted, as `TrainingSession.loaderState` gave it; the first
    ///     epoch is then its rest. The weights are the caller's to bring back; the optimizer begins anew.
    ///   - launch: Which program a worker process runs.
    ///   - options: What else there is to say about loading; for the validation's source as well.
    /// - Returns: The loss and metrics of every epoch.
    /// - Throws: `TrainerError` if arguments don't fit, `PipelineError` if the state was saved under other settings or
    ///   batches can't be loaded, what the source, the model or a callback throws, and `CancellationError` if the task
    ///   is cancelled.
    @discardableResult
    public func fitGenerator(
        _ generator: BatchSource, stepsPerEpoch: Int? = nil, epochs: Int = 1, verbose: Verbosity = 1,
        callbacks: [any Callback] = [], validationData: ValidationData? = nil, validationSteps: Int? = nil,
        classWeight: [Int: Double]? = nil, maxQueueSize: Int? = 10, workers: Int? = 1,
        useMultiprocessing: Bool = false, shuffle: Bool = true, initialEpoch: Int = 0,
        resuming state: LoaderState? = nil, launch: WorkerLaunch = .thisProgram,
        options: LoadingOptions = LoadingOptions()
    ) async throws -> History {
        try Arguments.requirePositive(stepsPerEpoch, "stepsPerEpoch")
        try Arguments.requirePositive(validationSteps, "validationSteps")
        try Arguments.requireEpoch(initialEpoch)
        let resumption = try state.map {
            try Resumption($0, of: generator, stepsPerEpoch: stepsPerEpoch, initialEpoch: initialEpoch)
        }
        let plan = TrainingPlan(
            epochs: epochs, initialEpoch: resumption?.epoch ?? initialEpoch, verbosity: verbose, callbacks: callbacks,
            classWeight: classWeight)
        var loading = LoadingPlan(
            steps: stepsPerEpoch, stepsName: "stepsPerEpoch", workers: workers,
            useMultiprocessing: useMultiprocessing, maxQueueSize: maxQueueSize, shuffle: shuffle,
            epochs: plan.epochRange, resumption: resumption, launch: launch, options: options)
        return try await training("fitGenerator") {
            loading.seed = resumption?.seed ?? nextSeed()
            return try await withFeed(of: generator, loading) { feed in
                switch validationData?.kind {
                case nil:
                    return try await train(feed, plan, validation: nil)
                case .tensors(let x, let y, let sampleWeights):
                    try Arguments.requireSamples(x.length, "Validation")
                    let samples = try TensorBatch(x, y, sampleWeights: sampleWeights)
                    return try await train(
                        feed, plan, validation: .tensors(samples, batchSize: nil, steps: validationSteps))
                case .source(let source):
                    return try await withFeed(of: source, loading.forValidation(steps: validationSteps)) {
                        try await train(feed, plan, validation: .feed($0))
                    }
                }
            }
        }
    }

    /// The loss and metrics on batches that workers prepare ahead: Keras' `evaluate_generator`.
    ///
    /// - Parameters:
    ///   - generator: Where the batches come from.
    ///   - steps: The batches to evaluate; nil for the source's `count`.
    ///   - maxQueueSize: How many batches may wait; nil for a number that goes with the workers.
    ///   - workers: How many tasks or processes prepare batches; nil for as many as there are processors.
    ///   - useMultiprocessing: Whether workers are processes.
    ///   - verbose: 1 prints a progress bar.
    ///   - launch: Which program a worker process runs.
    ///   - options: What else there is to say about loading.
    /// - Returns: Averages over the samples.
    /// - Throws: As `fitGenerator` does.
    public func evaluateGenerator(
        _ generator: BatchSource, steps: Int? = nil, maxQueueSize: Int? = 10, workers: Int? = 1,
        useMultiprocessing: Bool = false, verbose: Verbosity = 0, launch: WorkerLaunch = .thisProgram,
        options: LoadingOptions = LoadingOptions()
    ) async throws -> MetricValues {
        let plan = LoadingPlan(
            steps: steps, stepsName: "steps", workers: workers, useMultiprocessing: useMultiprocessing,
            maxQueueSize: maxQueueSize, epochs: 0..<1, launch: launch, options: options)
        return try await reading(generator, plan, method: "evaluateGenerator") { feed in
            try await evaluate(feed, steps: nil, verbosity: verbose)
        }
    }

    /// What the model says to batches that workers prepare ahead: Keras' `predict_generator`.
    ///
    /// - Parameters:
    ///   - generator: Where the batches come from; targets are ignored.
    ///   - steps: The batches to predict; nil for the source's `count`.
    ///   - maxQueueSize: How many batches may wait; nil for a number that goes with the workers.
    ///   - workers: How many tasks or processes prepare batches; nil for as many as there are processors.
    ///   - useMultiprocessing: Whether workers are processes.
    ///   - verbose: 1 prints a progress bar.
    ///   - launch: Which program a worker process runs.
    ///   - options: What else there is to say about loading.
    /// - Returns: The outputs of all batches, joined.
    /// - Throws: As `fitGenerator` does.
    public func predictGenerator(
        _ generator: BatchSource, steps: Int? = nil, maxQueueSize: Int? = 10, workers: Int? = 1,
        useMultiprocessing: Bool = false, verbose: Verbosity = 0, launch: WorkerLaunch = .thisProgram,
        options: LoadingOptions = LoadingOptions()
    ) async throws -> Tensor {
        let plan = LoadingPlan(
            steps: steps, stepsName: "steps", workers: workers, useMultiprocessing: useMultiprocessing,
            maxQueueSize: maxQueueSize, epochs: 0..<1, launch: launch, options: options)
        return try await reading(generator, plan, method: "predictGenerator") { feed in
            try await predict(feed, steps: nil, verbosity: verbose)
        }
    }

    /// Reads a source while no training runs: the weights must not change between its batches.
    private func reading<Result>(
        _ source: BatchSource, _ plan: LoadingPlan, method: String, _ body: (any BatchFeed) async throws -> Result
    ) async throws -> Result {
        try requireNoTraining(for: method)
        generatorReaders += 1
        defer { generatorReaders -= 1 }
        return try await withFeed(of: source, plan, body)
    }
}
