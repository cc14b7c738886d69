public import LeatCore
import LeatPipeline

extension Trainer {
    /// The loss and metrics on samples in memory: Keras' `evaluate`.
    ///
    /// - Parameters:
    ///   - x: The inputs, a sample a row.
    ///   - y: What the model should say to each.
    ///   - batchSize: The samples that are computed at once.
    ///   - verbose: 1 prints a progress bar.
    ///   - sampleWeight: What each sample counts.
    ///   - steps: The batches to evaluate; nil for all.
    /// - Returns: Averages over the samples.
    /// - Throws: `TrainerError` if arguments don't fit, the model's error if shapes don't, and `CancellationError`.
    public func evaluate(
        _ x: Tensor, _ y: Tensor, batchSize: Int = 32, verbose: Verbosity = 1, sampleWeight: Tensor? = nil,
        steps: Int? = nil
    ) async throws -> MetricValues {
        try requireOwnStates(for: "evaluate")
        try Arguments.requirePositive(batchSize, "batchSize")
        try Arguments.requirePositive(steps, "steps")
        try Arguments.requireSamples(x.length, "evaluate")
        let feed = TensorFeed(try TensorBatch(x, y, sampleWeights: sampleWeight), batchSize: batchSize)
        return try await evaluate(feed, steps: steps, verbosity: verbose)
    }

    /// Averages over the feed's next epoch, or over its next `steps` batches.
    func evaluate(
        _ feed: any BatchFeed, steps: Int?, verbosity: Verbosity = .silent
    ) async throws -> MetricValues {
        var averages = EpochAverages(names: metricsNames, weightedFrom: weightedFrom)
        let count = try await forEachBatch(of: feed, steps: steps, verbosity: verbosity) { batch, step in
            let targets = try requireTargets(batch, step)
            let values = try executor.testStep(
                inputs: batch.inputs.gathered(), targets: targets, sampleWeights: batch.sampleWeights)
            let weight = averages.needsWeights ? batch.sampleWeights.map(\.sum) ?? Double(batch.count) : 0
            averages.add(values, size: batch.count, weight: weight)
        }
        guard count > 0 else { throw TrainerError(.noData, "The data to evaluate ended before its first batch.") }
        return averages.values
    }

    /// Calls `body` with each batch of the feed's next epoch, or its next `steps` batches; how many there were.
    func forEachBatch(
        of feed: any BatchFeed, steps: Int?, verbosity: Verbosity, _ body: (FedBatch, Int) throws -> Void
    ) async throws -> Int {
        let limit = min(steps ?? .max, feed.stepsPerEpoch)
        let countsSamples = steps == nil && feed.samplesPerEpoch != nil
        var report = ProgressReport(console: console, verbosity: verbosity == .progressBar ? .progressBar : .silent)
        report.begin(target: countsSamples ? feed.samplesPerEpoch : limit)
        try await feed.beginEpoch(0)
        var step = 0
        while step < limit {
            try Task.checkCancellation()
            guard let batch = try await feed.next() else { break }
            try Arguments.requireSamples(in: batch, step)
            try body(batch, step)
            report.advance(by: countsSamples ? batch.count : 1, values: nil)
            step += 1
        }
        report.end(values: nil)
        for warning in feed.takeWarnings() {
            hub.send(.warning(warning))
            if verbosity != .silent { console.write("Warning: \(warning)\n") }
        }
        return step
    }
}
