public import LeatCore
public import LeatModel
import LeatPipeline

extension Trainer {
    /// What the model says to samples in memory: Keras' `predict`.
    ///
    /// - Parameters:
    ///   - x: The inputs, a sample a row.
    ///   - batchSize: The samples that are computed at once.
    ///   - verbose: 1 prints a progress bar.
    ///   - steps: The batches to predict; nil for all.
    /// - Returns: The outputs, a row a sample, in the samples' order; no samples give no rows.
    /// - Throws: `TrainerError` if arguments don't fit, the model's error if shapes don't, and `CancellationError`.
    public func predict(
        _ x: Tensor, batchSize: Int = 32, verbose: Verbosity = 0, steps: Int? = nil
    ) async throws -> Tensor {
        try requireOwnStates(for: "predict")
        try Arguments.requirePositive(batchSize, "batchSize")
        try Arguments.requirePositive(steps, "steps")
        let samples = try TensorBatch(x, nil, sampleWeights: nil)
        guard samples.count > 0 else { return try predictNothing(like: x) }
        return try await predict(TensorFeed(samples, batchSize: batchSize), steps: steps, verbosity: verbose)
    }

    /// The outputs for the feed's batches, joined.
    func predict(_ feed: any BatchFeed, steps: Int?, verbosity: Verbosity) async throws -> Tensor {
        var outputs: [Tensor] = []
        let count = try await forEachBatch(of: feed, steps: steps, verbosity: verbosity) { batch, _ in
            outputs.append(try executor.predictStep(inputs: batch.inputs.gathered()))
        }
        guard count > 0 else { throw TrainerError(.noData, "The data to predict ended before its first batch.") }
        return count == 1 ? outputs[0] : try Tensor.concatenated(outputs)
    }

    /// No rows of the shape that a sample's output has, which only a sample can tell.
    private func predictNothing(like x: Tensor) throws -> Tensor {
        var shape = x.shape
        shape[0] = 1
        return try executor.predictStep(inputs: Tensor(zeros: shape, dtype: x.dtype))[0..<0]
    }
}

extension Sequential {
    /// What the model, not compiled and with its initial weights, says to samples in memory.
    ///
    /// - Throws: As `Trainer.predict` does.
    public func predict(
        _ x: Tensor, batchSize: Int = 32, verbose: Verbosity = 0, steps: Int? = nil
    ) async throws -> Tensor {
        try await Trainer(untrained: self).predict(x, batchSize: batchSize, verbose: verbose, steps: steps)
    }
}
