public import LeatModel

extension Sequential {
    /// Prepares the model for training: Keras' `compile`.
    ///
    /// ```swift
    /// let trainer = try model.compile(optimizer: "rmsprop", loss: "categorical_crossentropy", metrics: ["accuracy"])
    /// ```
    ///
    /// - Parameters:
    ///   - optimizer: An optimizer or the name of one, with its defaults.
    ///   - loss: What training makes small.
    ///   - metrics: What else is reported; sample weights don't count in them.
    ///   - sampleWeightMode: `.temporal` if sample weights are given a time step.
    ///   - weightedMetrics: What else is reported with sample weights counted.
    ///   - threads: How many threads compute; 0 for one a processor.
    /// - Returns: The trainer, which owns the weights from now on; the model stays as it is.
    /// - Throws: If layers, loss or metrics don't fit each other, naming what does not.
    public func compile(
        optimizer: any OptimizerConvertible, loss: Loss, metrics: [Metric] = [],
        sampleWeightMode: SampleWeightMode? = nil, weightedMetrics: [Metric] = [], threads: Int = 0
    ) throws -> Trainer {
        let compilation = try Compilation(
            optimizer: optimizer, loss: loss, metrics: metrics, weightedMetrics: weightedMetrics)
        return try Trainer(self, compilation, sampleWeightMode: sampleWeightMode, threads: threads)
    }
}
