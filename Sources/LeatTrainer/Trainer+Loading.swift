import LeatPipeline

/// How the batches of a source are loaded, and how many make an epoch.
struct LoadingPlan {
    var steps: Int?
    var stepsName: String
    var workers: Int?
    var useMultiprocessing = false
    var maxQueueSize: Int? = 10
    var shuffle = false
    var seed: UInt64 = 0
    /// The epochs to load; nil for as many as are asked for.
    var epochs: Range<Int>?
    var launch = WorkerLaunch.thisProgram
    var options = LoadingOptions()

    /// The same way of loading for the validation beside a training.
    func forValidation(steps: Int?) -> LoadingPlan {
        var plan = self
        plan.steps = steps
        plan.stepsName = "validationSteps"
        plan.shuffle = false
        plan.epochs = nil
        return plan
    }
}

extension Trainer {
    /// Calls `body` with the source's batches; its workers live as long as the call.
    func withFeed<Result>(
        of source: BatchSource, _ plan: LoadingPlan, _ body: (any BatchFeed) async throws -> Result
    ) async throws -> Result {
        try Arguments.requirePositive(plan.steps, plan.stepsName)
        guard let steps = plan.steps ?? source.count else {
            throw TrainerError(
                .invalidArgument,
                "A generator does not say how many batches an epoch has: give \(plan.stepsName), "
                    + "or a BatchSequence, which has a count.")
        }
        let loader = try BatchLoader(
            source, workers: plan.workers, useMultiprocessing: plan.useMultiprocessing,
            maxQueueSize: plan.maxQueueSize, shuffle: plan.shuffle, seed: plan.seed,
            launch: plan.launch, workerTimeout: plan.options.workerTimeout, faultPolicy: plan.options.faultPolicy,
            stallTimeout: plan.options.stallTimeout, ordered: plan.options.ordered)
        // A source known by number starts where an uninterrupted training would have come; another one at its start.
        let first = (plan.epochs?.lowerBound ?? 0).multipliedClamped(by: steps)
        let position = source.count.map { BatchPosition(epoch: first / max($0, 1), index: first % max($0, 1)) }
        let limit = plan.epochs.map { $0.count.multipliedClamped(by: steps) }
        return try await loader.withBatches(from: position ?? BatchPosition(), limit: limit) { stream in
            try await body(LoaderFeed(stream, stepsPerEpoch: steps, reportsSpeed: plan.options.reportsSpeed))
        }
    }
}

extension Int {
    /// The product, or the largest number where that is too large to be one: "until stopped" is given as `.max` epochs.
    func multipliedClamped(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
