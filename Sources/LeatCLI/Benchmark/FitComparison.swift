import Leat

/// Trains one model on tensors in memory and on the same samples from shards, by turns.
struct FitComparison {
    /// What was measured.
    struct Result: Codable {
        /// Samples a second in the median epoch.
        let fitSamplesS, fitGeneratorSamplesS: Double
        /// The second over the first, of epochs beside each other.
        let share: Double
    }

    let item: LoaderCase
    let folder: String
    let settings: LoaderSettings

    /// The samples of an epoch, which fit into one shard.
    private static let samples = 6_400
    private static let rounds = 4

    /// Writes the shards to train on.
    static func pack(_ dataset: LoaderDataset, into folder: String) throws {
        let (x, y) = try dataset.trainingData(samples: samples)
        try ShardWriter.write(["x": x, "y": y], to: folder, sizeLimit: 8 << 20)
    }

    func result() async throws -> Result {
        guard let model = BenchmarkCase.all.first(where: { $0.name == "mnist_cnn" }) else {
            preconditionFailure("There is no model to train.")
        }
        let shards = try ShardDataset(
            folder, batchSize: settings.batchSize, shuffle: LoaderSettings.shuffle,
            memoryBudget: settings.memoryBudget)
        let shard = try await shards.samples.shard(at: 0)
        let (x, y) = (try shard.tensor(ofColumn: "x"), try shard.tensor(ofColumn: "y"))
        let trainer = try model.model.compile(
            optimizer: model.optimizer, loss: model.loss, metrics: [.accuracy])
        _ = try await trainer.fit(x, y, batchSize: settings.batchSize, epochs: 1, verbose: 0)
        var (fit, generated): ([Double], [Double]) = ([], [])
        for _ in 0..<Self.rounds {
            fit += try await trainer.fit(x, y, batchSize: settings.batchSize, epochs: 2, verbose: 0).epochSeconds
            generated += try await trainer.fitGenerator(
                BatchSource(shards), epochs: 2, verbose: 0, maxQueueSize: settings.maxQueueSize, workers: item.workers,
                useMultiprocessing: item.useMultiprocessing
            ).epochSeconds
        }
        func middle(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
        return Result(
            fitSamplesS: Double(Self.samples) / middle(fit),
            fitGeneratorSamplesS: Double(Self.samples) / middle(generated),
            share: middle(zip(fit, generated).map { $0 / $1 }))
    }
}
