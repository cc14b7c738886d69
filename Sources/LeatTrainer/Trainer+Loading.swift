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
    /// Where to go on, instead of at the first epoch's start.
    var resumption: Resumption?
    var launch = WorkerLaunch.thisProgram
    var options = LoadingOptions()

    /// The same way of loading for the validation beside a training.
    func forValidation(steps: Int?) -> LoadingPlan {
        var plan = self
        plan.steps = steps
        plan.stepsName = "validationSteps"
        plan.shuffle = false
        plan.epochs = nil
        plan.resumption = nil
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
        let limit = plan.epochs.map { $0.count.multipliedClamped(by: steps) }
        if let resumption = plan.resumption {
            return try await loader.withBatches(
                resuming: resumption.state, limit: limit.map { max(0, $0 - resumption.step) }
            ) { stream in
                let feed = LoaderFeed(
                    stream, stepsPerEpoch: steps, firstStep: resumption.step, reportsSpeed: plan.options.reportsSpeed)
                return try await body(feed)
            }
        }
        // A source known by number starts where an uninterrupted training would have come; another one at its start.
        let first = (plan.epochs?.lowerBound ?? 0).multipliedClamped(by: steps)
        let position = source.count.map { BatchPosition(epoch: first / max($0, 1), index: first % max($0, 1)) }
        return try await loader.withBatches(from: position ?? BatchPosition(), limit: limit) { stream in
            try await body(LoaderFeed(stream, stepsPerEpoch: steps, reportsSpeed: plan.options.reportsSpeed))
        }
    }
}

/// A training that goes on in the middle of an epoch.
struct Resumption: Sendable {
    let state: LoaderState
    /// The epoch to go on with, and how many of its batches are done.
    let epoch: Int
    let step: Int

    /// Goes on where the state was saved.
    ///
    /// - Throws: `TrainerError` if the source can't be resumed, there is no such position, or an initial epoch is given
    ///   besides.
    init(_ state: LoaderState, of source: BatchSource, stepsPerEpoch: Int?, initialEpoch: Int) throws {
        guard let count = source.count, count > 0 else {
            throw TrainerError(.invalidArgument, "Only a BatchSequence with batches can be resumed at a state.")
        }
        guard initialEpoch == 0 else {
            throw TrainerError(
                .invalidArgument, "A state says where to go on; initialEpoch \(initialEpoch) can't be given besides.")
        }
        let position = state.position
        guard (0..<1 << 31).contains(position.epoch), (0..<count).contains(position.index) else {
            throw TrainerError(
                .invalidArgument,
                "The state is at batch \(position.index) of epoch \(position.epoch); an epoch has \(count) batches.")
        }
        self.state = state
        (epoch, step) = (position.epoch * count + position.index).quotientAndRemainder(
            dividingBy: stepsPerEpoch ?? count)
    }

    /// The seed of the batches' order, which goes on as it was.
    var seed: UInt64? {
        guard case .number(let seed) = state.settings["batchSeed"] else { return nil }
        return seed
    }
}

extension Int {
    /// The product, or the largest number where that is too large to be one: "until stopped" is given as `.max` epochs.
    func multipliedClamped(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
