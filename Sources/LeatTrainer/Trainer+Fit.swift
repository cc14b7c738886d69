public import LeatCore
import LeatModel
import LeatPipeline

extension Trainer {
    /// Trains on samples in memory for a number of epochs: Keras' `fit`.
    ///
    /// Shuffled orders are a pure function of the model's seed, of how many trainings this trainer has run before, and
    /// of the epoch.
    ///
    /// - Parameters:
    ///   - x: The inputs, a sample a row, of any element type.
    ///   - y: What the model should say to each: as many rows.
    ///   - batchSize: The samples of an update; the last batch of an epoch may be smaller.
    ///   - epochs: The number of the last epoch, counted from 1. With an `initialEpoch` it is not how many are run.
    ///   - verbose: 0 prints nothing, 1 a progress bar an epoch, 2 a line an epoch.
    ///   - callbacks: Called in their order at the stages of the training.
    ///   - validationSplit: The share of samples, the last ones before shuffling, to validate with instead.
    ///   - validationData: What to validate with; overrides `validationSplit`.
    ///   - shuffle: Whether the order changes from epoch to epoch.
    ///   - classWeight: What a sample counts in the loss by its class; in training only.
    ///   - sampleWeight: What each sample counts, of shape (samples,), or (samples, steps) for time steps.
    ///   - initialEpoch: The epochs that were trained before.
    ///   - stepsPerEpoch: The batches of an epoch, which then goes on where the one before stopped; nil for all.
    ///   - validationSteps: The batches of a validation; nil for all.
    /// - Returns: The loss and metrics of every epoch.
    /// - Throws: `TrainerError` if arguments don't fit, the model's error if shapes don't, what a callback throws, and
    ///   `CancellationError` if the task is cancelled.
    @discardableResult
    public func fit(
        _ x: Tensor, _ y: Tensor, batchSize: Int = 32, epochs: Int = 1, verbose: Verbosity = 1,
        callbacks: [any Callback] = [], validationSplit: Double = 0, validationData: ValidationData? = nil,
        shuffle: Shuffle = .all, classWeight: [Int: Double]? = nil, sampleWeight: Tensor? = nil,
        initialEpoch: Int = 0, stepsPerEpoch: Int? = nil, validationSteps: Int? = nil
    ) async throws -> History {
        try Arguments.requirePositive(batchSize, "batchSize")
        try Arguments.requirePositive(stepsPerEpoch, "stepsPerEpoch")
        try Arguments.requirePositive(validationSteps, "validationSteps")
        try Arguments.requireEpoch(initialEpoch)
        var training = try TensorBatch(x, y, sampleWeights: sampleWeight)
        try Arguments.requireSamples(training.count, "fit")
        var validation: TensorBatch?
        switch validationData?.kind {
        case .tensors(let x, let y, let sampleWeights):
            validation = try TensorBatch(x, y, sampleWeights: sampleWeights)
            try Arguments.requireSamples(x.length, "Validation")
        case nil where validationSplit != 0:
            (training, validation) = try training.split(last: validationSplit)
        default: break
        }
        training.sampleWeights = try sampleWeights(
            training.targets ?? y, classWeight: classWeight, sampleWeight: training.sampleWeights)
        let plan = TrainingPlan(epochs: epochs, initialEpoch: initialEpoch, verbosity: verbose, callbacks: callbacks)
        return try await self.training("fit") {
            let feed = TensorFeed(
                training, batchSize: batchSize, shuffle: shuffle, seed: nextSeed(), steps: stepsPerEpoch)
            if case .source(let source) = validationData?.kind {
                let loading = LoadingPlan(steps: validationSteps, stepsName: "validationSteps", workers: 1)
                return try await withFeed(of: source, loading) {
                    try await train(feed, plan, validation: .feed($0))
                }
            }
            guard let validation else { return try await train(feed, plan, validation: nil) }
            if verbose != .silent {
                console.write("Train on \(training.count) samples, validate on \(validation.count) samples\n")
            }
            return try await train(
                feed, plan, validation: .tensors(validation, batchSize: batchSize, steps: validationSteps))
        }
    }

    /// The seed of the next training's shuffling: another one for each training, so that calling `fit` in a loop does
    /// not repeat the same orders.
    func nextSeed() -> UInt64 {
        defer { trainingCount += 1 }
        return model.seed &+ UInt64(trainingCount) &* 0x9E37_79B9_7F4A_7C15
    }
}
