import LeatCore
import LeatPipeline

/// What one call of `fit` or `fitGenerator` asks for, beside its data.
struct TrainingPlan {
    var epochs: Int
    var initialEpoch: Int
    var verbosity: Verbosity
    var callbacks: [any Callback]
    /// Weights to apply to batches as they come; already part of the data in `fit`.
    var classWeight: [Int: Double]?

    /// The numbers of the epochs to train; none if `initialEpoch` has reached `epochs`.
    var epochRange: Range<Int> { initialEpoch..<max(epochs, initialEpoch) }
}

/// What an epoch is validated with.
enum Validation {
    /// Samples in memory; without a batch size, in batches as large as the training's.
    case tensors(TensorBatch, batchSize: Int?, steps: Int?)
    /// Batches that come from elsewhere.
    case feed(any BatchFeed)
}

extension Trainer {
    /// Trains on the feed's batches, epoch after epoch: the loop behind `fit` and `fitGenerator`.
    func train(_ feed: any BatchFeed, _ plan: TrainingPlan, validation: Validation?) async throws -> History {
        let session = TrainingSession(
            epochs: plan.epochRange, stepsPerEpoch: feed.stepsPerEpoch, samples: feed.samplesPerEpoch,
            verbosity: plan.verbosity, validates: validation != nil, executor: executor, console: console, hub: hub)
        session.feed = feed
        self.session = session
        defer { self.session = nil }
        history = History()
        do {
            try await trainEpochs(feed, plan, session, validation)
            let stopped: TrainingEvent.Outcome = session.isExhausted ? .exhausted : .stopped
            hub.send(.trainingEnded(session.stopTraining || session.isExhausted ? stopped : .completed))
            return history
        } catch {
            hub.send(.trainingEnded(error is CancellationError ? .cancelled : .failed(String(describing: error))))
            throw error
        }
    }

    private func trainEpochs(
        _ feed: any BatchFeed, _ plan: TrainingPlan, _ session: TrainingSession, _ validation: Validation?
    ) async throws {
        hub.send(.trainingBegan(epochs: session.epochs))
        for callback in plan.callbacks { try callback.onTrainBegin(session) }
        session.stopTraining = false
        var report = ProgressReport(console: console, verbosity: plan.verbosity)
        for epoch in session.epochs {
            if session.stopTraining || session.isExhausted { break }
            let start = console.now()
            report.say("Epoch \(epoch + 1)/\(plan.epochs)")
            hub.send(.epochBegan(epoch))
            for callback in plan.callbacks { try callback.onEpochBegin(epoch, session) }
            try await feed.beginEpoch(epoch)
            let trained: MetricValues?
            do {
                trained = try await trainBatches(feed, plan, session, &report)
            } catch {
                // What was left out before may be why.
                for warning in feed.takeWarnings() { session.warn(warning) }
                throw error
            }
            guard var logs = trained else {
                if !session.isExhausted, !session.stopTraining {
                    for warning in feed.takeWarnings() { session.warn(warning) }
                    throw TrainerError(.noData, "Every batch of epoch \(epoch + 1) was left out; none can be made.")
                }
                guard history.epochs.isEmpty, session.isExhausted else { break }
                throw TrainerError(.noData, "The data to train on ended before its first batch.")
            }
            let speedReport = feed.speedReport
            for warning in feed.takeWarnings() { session.warn(warning) }
            if let validation, !session.stopTraining {
                logs = logs.appending(try await validate(validation, session), prefix: "val_")
            }
            report.end(values: logs)
            if let line = speedReport { session.say(line) }
            for callback in plan.callbacks { try callback.onEpochEnd(epoch, logs: &logs, session) }
            history.append(epoch: epoch, logs: logs, seconds: console.now() - start)
            hub.send(.epochEnded(epoch, logs))
        }
        for callback in plan.callbacks { try callback.onTrainEnd(session) }
    }

    /// Trains on an epoch's batches; their averages, or nil if there was not one batch.
    private func trainBatches(
        _ feed: any BatchFeed, _ plan: TrainingPlan, _ session: TrainingSession, _ report: inout ProgressReport
    ) async throws -> MetricValues? {
        var averages = EpochAverages(names: metricsNames, weightedFrom: weightedFrom)
        report.begin(target: session.samples ?? session.stepsPerEpoch)
        var step = feed.firstStep
        if step > 0 { report.advance(by: step, values: nil) }
        while step < session.stepsPerEpoch, !session.stopTraining {
            try Task.checkCancellation()
            if thread.hasWaitingJobs { await Task.yield() }
            guard let batch = try await feed.next() else {
                guard feed.isExhausted else { break }
                session.isExhausted = true
                session.warn(
                    "The data ended after \(step) of the epoch's \(session.stepsPerEpoch) batches, so training ends here; "
                        + "a generator must give stepsPerEpoch · epochs batches.")
                break
            }
            try Arguments.requireSamples(in: batch, step)
            let size = batch.count
            session.batchSize = size
            for callback in plan.callbacks { try callback.onBatchBegin(step, session) }
            let (values, weight) = try trainStep(batch, step, classWeight: plan.classWeight, averages.needsWeights)
            averages.add(values, size: size, weight: weight)
            report.advance(by: session.samples == nil ? 1 : size, values: averages.values)
            if !plan.callbacks.isEmpty {
                let logs = MetricValues(names: metricsNames, values: values)
                for callback in plan.callbacks { try callback.onBatchEnd(step, logs: logs, session) }
            }
            hub.send(.batchEnded(step, MetricValues(names: metricsNames, values: values)))
            step += 1
        }
        return step > feed.firstStep ? averages.values : nil
    }

    private func validate(_ validation: Validation, _ session: TrainingSession) async throws -> MetricValues {
        switch validation {
        case .tensors(let samples, let batchSize, let steps):
            let feed = TensorFeed(samples, batchSize: batchSize ?? session.largestBatchSize)
            return try await evaluate(feed, steps: steps)
        case .feed(let feed):
            return try await evaluate(feed, steps: nil)
        }
    }

    /// One update; the batch's values and, if wanted, the sum of its sample weights.
    private func trainStep(
        _ batch: FedBatch, _ step: Int, classWeight: [Int: Double]?, _ needsWeight: Bool
    ) throws -> (values: [Double], weight: Double) {
        let targets = try requireTargets(batch, step)
        let weights = try sampleWeights(targets, classWeight: classWeight, sampleWeight: batch.sampleWeights)
        let values = try executor.trainStep(inputs: batch.inputs, targets: targets, sampleWeights: weights)
        return (values, needsWeight ? weights.map(\.sum) ?? Double(batch.count) : 0)
    }

    /// The sample weights that class weights and sample weights amount to, of which there may be one kind.
    func sampleWeights(_ targets: Tensor, classWeight: [Int: Double]?, sampleWeight: Tensor?) throws -> Tensor? {
        if sampleWeightMode == .temporal, let sampleWeight, sampleWeight.rank != 2 {
            throw TrainerError(
                .invalidArgument,
                "With sampleWeightMode temporal, sample weights are of shape (samples, steps), "
                    + "but they are of shape \(sampleWeight.shape).")
        }
        guard let classWeight else { return sampleWeight }
        guard sampleWeight == nil else {
            throw TrainerError(.invalidArgument, "Give classWeight or sample weights, not both at the same time.")
        }
        return try ClassWeights.sampleWeights(for: targets, classWeight)
    }

    func requireTargets(_ batch: FedBatch, _ step: Int) throws -> Tensor {
        guard let targets = batch.targets else {
            throw TrainerError(
                .invalidArgument,
                "Batch \(step) has no targets; training and evaluating need inputs and targets in every batch. "
                    + "A dataset of shards takes its column `y` for them, or the one that `targets:` names.")
        }
        return targets
    }
}

extension Tensor {
    /// The sum of all elements.
    var sum: Double {
        converted(to: .float64).withUnsafeBytes { $0.bindMemory(to: Double.self).reduce(0, +) }
    }
}
