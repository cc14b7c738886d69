public import LeatCore

extension Trainer {
    /// One update with the given samples as one batch: Keras' `train_on_batch`.
    ///
    /// - Returns: The loss and metrics with the weights from before the update.
    /// - Throws: `TrainerError` if arguments don't fit or a training runs, and the model's error if shapes don't fit.
    @discardableResult
    public func trainOnBatch(
        _ x: Tensor, _ y: Tensor, classWeight: [Int: Double]? = nil, sampleWeight: Tensor? = nil
    ) throws -> MetricValues {
        try requireIdle(for: "trainOnBatch")
        let batch = try wholeBatch(x, y, sampleWeight)
        let weights = try sampleWeights(y, classWeight: classWeight, sampleWeight: batch.sampleWeights)
        return MetricValues(
            names: metricsNames,
            values: try executor.trainStep(inputs: TensorRows(x), targets: y, sampleWeights: weights))
    }

    /// The loss and metrics of the given samples as one batch: Keras' `test_on_batch`.
    ///
    /// - Throws: `TrainerError` if arguments don't fit, and the model's error if shapes don't.
    public func testOnBatch(_ x: Tensor, _ y: Tensor, sampleWeight: Tensor? = nil) throws -> MetricValues {
        try requireOwnStates(for: "testOnBatch")
        let batch = try wholeBatch(x, y, sampleWeight)
        return MetricValues(
            names: metricsNames,
            values: try executor.testStep(inputs: x, targets: y, sampleWeights: batch.sampleWeights))
    }

    /// What the model says to the given samples as one batch: Keras' `predict_on_batch`.
    ///
    /// - Throws: `TrainerError` if there is no sample, and the model's error if shapes don't fit.
    public func predictOnBatch(_ x: Tensor) throws -> Tensor {
        try requireOwnStates(for: "predictOnBatch")
        try Arguments.requireSamples(x.length, "predictOnBatch")
        return try executor.predictStep(inputs: x)
    }

    private func wholeBatch(_ x: Tensor, _ y: Tensor, _ sampleWeight: Tensor?) throws -> TensorBatch {
        try Arguments.requireSamples(x.length, "A batch")
        return try TensorBatch(x, y, sampleWeights: sampleWeight)
    }
}
