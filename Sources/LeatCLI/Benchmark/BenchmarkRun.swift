import Leat

/// Measures one model in this process.
struct BenchmarkRun {
    let item: BenchmarkCase
    let machine: MachineLimits
    private let epochs: Int?
    private let x: Tensor
    private let y: Tensor
    private let clock = ContinuousClock()

    /// Makes the data; as many epochs as fit into a second count if no number is given.
    init(_ item: BenchmarkCase, machine: MachineLimits, epochs: Int?) throws {
        self.item = item
        self.machine = machine
        self.epochs = epochs
        (x, y) = try item.data()
    }

    /// Trains, evaluates and predicts; with `overhead` also compares fit with its bare steps.
    func result(overhead: Bool) async throws -> BenchmarkResult {
        let batch = item.batchSize
        let (firstX, firstY) = (try x[0..<batch], try y[0..<batch])
        var made: Trainer?
        let first = try await seconds {
            let trainer = try item.model.compile(
                optimizer: item.optimizer, loss: item.loss, metrics: [.accuracy], threads: machine.threads)
            _ = try await trainer.trainOnBatch(firstX, firstY)
            made = trainer
        }
        guard let trainer = made else { preconditionFailure("The first step made no trainer.") }
        let compilation = try Compilation(optimizer: item.optimizer, loss: item.loss, metrics: [.accuracy])
        var phases: [BenchmarkPhase] = []

        let warm = try await trainer.fit(x, y, batchSize: batch, epochs: 2, verbose: 0).epochSeconds
        let counted = try await trainer.fit(x, y, batchSize: batch, epochs: count(like: warm), verbose: 0)
        phases.append(
            try phase(.train, counted.epochSeconds) {
                try .training(item.model, compilation, inputs: item.shape(of: $0), targets: item.targetShape(of: $0))
            })
        let evaluation = try await repeated { _ = try await trainer.evaluate(x, y, batchSize: batch, verbose: 0) }
        phases.append(
            try phase(.evaluate, evaluation) {
                try .evaluation(item.model, compilation, inputs: item.shape(of: $0), targets: item.targetShape(of: $0))
            })
        let prediction = try await repeated { _ = try await trainer.predict(x, batchSize: batch) }
        phases.append(
            try phase(.predict, prediction) { try .prediction(item.model, inputs: item.shape(of: $0)) })
        phases.append(try await latency(trainer))
        let comparison = overhead ? try await OverheadMeasurement(item, trainer, x, y, machine).result() : nil
        return BenchmarkResult(
            item, threads: machine.threads, firstStep: first, firstEpoch: first + warm[0], phases: phases,
            overhead: comparison)
    }

    /// One sample at a time; a model of fixed batches gets one of those.
    private func latency(_ trainer: Trainer) async throws -> BenchmarkPhase {
        let size = item.hasFixedBatch ? item.batchSize : 1
        let sample = try x[0..<size]
        var times: [Double] = []
        let end = clock.now + .milliseconds(500)
        for _ in 0..<5 { _ = try await trainer.predictOnBatch(sample) }
        while times.count < 20 || clock.now < end {
            times.append(try await seconds { _ = try await trainer.predictOnBatch(sample) })
        }
        let cost = try StepCost.prediction(item.model, inputs: item.shape(of: size))
        return BenchmarkPhase(
            .latency, batch: size, samples: size, seconds: times, operations: cost.operations,
            floor: machine.leastSeconds(operations: cost.operations, bytes: cost.bytes))
    }

    private func phase(
        _ kind: BenchmarkPhase.Kind, _ epochs: [Double], cost: (Int) throws -> StepCost
    ) throws -> BenchmarkPhase {
        let (full, rest) = (item.samples / item.batchSize, item.samples % item.batchSize)
        var (operations, floor) = (0.0, 0.0)
        for (size, count) in [(item.batchSize, full), (rest, 1)] where size > 0 && count > 0 {
            let step = try cost(size)
            operations += step.operations * Double(count)
            floor += machine.leastSeconds(operations: step.operations, bytes: step.bytes) * Double(count)
        }
        return BenchmarkPhase(
            kind, batch: item.batchSize, samples: item.samples, seconds: epochs, operations: operations, floor: floor)
    }

    /// The seconds of each repetition that counts.
    private func repeated(_ body: () async throws -> Void) async throws -> [Double] {
        var warm: [Double] = []
        for _ in 0..<2 { warm.append(try await seconds(body)) }
        var counted: [Double] = []
        for _ in 0..<count(like: warm) { counted.append(try await seconds(body)) }
        return counted
    }

    /// The number of epochs that count, told from how long some took.
    private func count(like warm: [Double]) -> Int {
        epochs ?? min(max(Int(1 / max(warm.min() ?? 1, 1e-6)), 5), 1000)
    }

    private func seconds(_ body: () async throws -> Void) async throws -> Double {
        try await clock.measure(body) / .seconds(1)
    }
}
