public import LeatCore
public import LeatPipeline

// The generator methods for what is most often given to them, so that nobody has to write `BatchSource(…)`.
extension Trainer {
    /// Trains on batches that are known by number, Keras' `Sequence`; see the method that takes a `BatchSource`.
    @discardableResult
    public func fitGenerator(
        _ generator: some BatchSequence, stepsPerEpoch: Int? = nil, epochs: Int = 1, verbose: Verbosity = 1,
        callbacks: [any Callback] = [], validationData: ValidationData? = nil, validationSteps: Int? = nil,
        classWeight: [Int: Double]? = nil, maxQueueSize: Int? = 10, workers: Int? = 1,
        useMultiprocessing: Bool = false, shuffle: Bool = true, initialEpoch: Int = 0,
        resuming state: LoaderState? = nil, launch: WorkerLaunch = .thisProgram,
        options: LoadingOptions = LoadingOptions()
    ) async throws -> History {
        try await fitGenerator(
            BatchSource(generator), stepsPerEpoch: stepsPerEpoch, epochs: epochs, verbose: verbose,
            callbacks: callbacks, validationData: validationData, validationSteps: validationSteps,
            classWeight: classWeight, maxQueueSize: maxQueueSize, workers: workers,
            useMultiprocessing: useMultiprocessing, shuffle: shuffle, initialEpoch: initialEpoch, resuming: state,
            launch: launch, options: options)
    }

    /// Trains on the batches of an asynchronous sequence, which one task reads ahead; see the method that takes a
    /// `BatchSource`.
    @discardableResult
    public func fitGenerator<Generator: AsyncSequence & SendableMetatype>(
        _ generator: sending Generator, stepsPerEpoch: Int? = nil, epochs: Int = 1, verbose: Verbosity = 1,
        callbacks: [any Callback] = [], validationData: ValidationData? = nil, validationSteps: Int? = nil,
        classWeight: [Int: Double]? = nil, maxQueueSize: Int? = 10, initialEpoch: Int = 0
    ) async throws -> History where Generator.Element == Batch, Generator.AsyncIterator: SendableMetatype {
        try await fitGenerator(
            BatchSource(generator), stepsPerEpoch: stepsPerEpoch, epochs: epochs, verbose: verbose,
            callbacks: callbacks, validationData: validationData, validationSteps: validationSteps,
            classWeight: classWeight, maxQueueSize: maxQueueSize, initialEpoch: initialEpoch)
    }

    /// The loss and metrics on batches that are known by number; see the method that takes a `BatchSource`.
    public func evaluateGenerator(
        _ generator: some BatchSequence, steps: Int? = nil, maxQueueSize: Int? = 10, workers: Int? = 1,
        useMultiprocessing: Bool = false, verbose: Verbosity = 0, launch: WorkerLaunch = .thisProgram,
        options: LoadingOptions = LoadingOptions()
    ) async throws -> MetricValues {
        try await evaluateGenerator(
            BatchSource(generator), steps: steps, maxQueueSize: maxQueueSize, workers: workers,
            useMultiprocessing: useMultiprocessing, verbose: verbose, launch: launch, options: options)
    }

    /// The loss and metrics on the batches of an asynchronous sequence; see the method that takes a `BatchSource`.
    public func evaluateGenerator<Generator: AsyncSequence & SendableMetatype>(
        _ generator: sending Generator, steps: Int? = nil, maxQueueSize: Int? = 10, verbose: Verbosity = 0
    ) async throws -> MetricValues where Generator.Element == Batch, Generator.AsyncIterator: SendableMetatype {
        try await evaluateGenerator(
            BatchSource(generator), steps: steps, maxQueueSize: maxQueueSize, verbose: verbose)
    }

    /// What the model says to batches that are known by number; see the method that takes a `BatchSource`.
    public func predictGenerator(
        _ generator: some BatchSequence, steps: Int? = nil, maxQueueSize: Int? = 10, workers: Int? = 1,
        useMultiprocessing: Bool = false, verbose: Verbosity = 0, launch: WorkerLaunch = .thisProgram,
        options: LoadingOptions = LoadingOptions()
    ) async throws -> Tensor {
        try await predictGenerator(
            BatchSource(generator), steps: steps, maxQueueSize: maxQueueSize, workers: workers,
            useMultiprocessing: useMultiprocessing, verbose: verbose, launch: launch, options: options)
    }

    /// What the model says to the batches of an asynchronous sequence; see the method that takes a `BatchSource`.
    public func predictGenerator<Generator: AsyncSequence & SendableMetatype>(
        _ generator: sending Generator, steps: Int? = nil, maxQueueSize: Int? = 10, verbose: Verbosity = 0
    ) async throws -> Tensor where Generator.Element == Batch, Generator.AsyncIterator: SendableMetatype {
        try await predictGenerator(
            BatchSource(generator), steps: steps, maxQueueSize: maxQueueSize, verbose: verbose)
    }
}
