import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How loaders are measured.
struct LoaderSettings {
    var batchSize = 128
    /// How often a dataset is opened anew.
    var rounds = 5
    /// The epochs each time.
    var epochs = 5
    var maxQueueSize = 10
    var memoryBudget = 64 << 20
    /// Shards are mixed over as many samples as Fashion-MNIST has, and as the memory budget holds.
    static let shuffle = ShardShuffle(.py1e, blockSize: 1 << 16)
}

/// Measures one loader in this process.
struct LoaderRun {
    let item: LoaderCase
    let folder: String
    let settings: LoaderSettings
    private let clock = ContinuousClock()

    private struct Times {
        var firstEpochs: [Double] = []
        var laterEpochs: [Double] = []
        var firstBatches: [Double] = []
        var resumes: [Double] = []
    }

    init(_ item: LoaderCase, folder: String, settings: LoaderSettings) {
        (self.item, self.folder, self.settings) = (item, folder, settings)
    }

    /// Loads, rounds over rounds, and touches every byte.
    ///
    /// - Throws: What loading throws, and `PipelineError` if epochs hold different bytes.
    func result(fit: FitComparison.Result?) async throws -> LoaderResult {
        var times = Times()
        var memory = MemoryWatch()
        var samples = 0
        for round in 0..<settings.rounds {
            samples = try await readEpochs(seed: UInt64(round), &times, &memory)
            times.resumes.append(try await resume(seed: UInt64(round)))
        }
        func rate(_ seconds: Double) -> Double { Double(samples) / seconds }
        let later = times.laterEpochs.isEmpty ? times.firstEpochs : times.laterEpochs
        return LoaderResult(
            loader: item.name, workers: item.workers, batch: settings.batchSize, samples: samples,
            firstEpochSamplesS: rate(times.firstEpochs.min() ?? .nan),
            medianFirstEpochSamplesS: rate(times.firstEpochs.median),
            bestSamplesS: rate(later.min() ?? .nan), medianSamplesS: rate(later.median),
            firstBatchS: times.firstBatches.median, resumeS: times.resumes.median, peakRssMb: memory.peak / 1e6,
            fit: fit)
    }

    private func loader(seed: UInt64) throws -> (loader: BatchLoader, dataset: ShardDataset) {
        let dataset = try ShardDataset(
            folder, batchSize: settings.batchSize, shuffle: LoaderSettings.shuffle, seed: seed,
            memoryBudget: settings.memoryBudget)
        let loader = try BatchLoader(
            BatchSource(dataset), workers: item.workers, useMultiprocessing: item.useMultiprocessing,
            maxQueueSize: settings.maxQueueSize)
        return (loader, dataset)
    }

    private func readEpochs(seed: UInt64, _ times: inout Times, _ memory: inout MemoryWatch) async throws -> Int {
        var begin = clock.now
        let (loader, dataset) = try loader(seed: seed)
        var sums: Set<UInt64> = []
        let (seconds, firstBatch, usage) = try await loader.withBatches(limit: settings.epochs * dataset.count) {
            batches in
            var seconds: [Double] = []
            var firstBatch = 0.0
            for _ in 0..<settings.epochs {
                var sum: UInt64 = 0
                for number in 0..<dataset.count {
                    guard let batch = try await batches.next() else { break }
                    sum &+= batch.inputs.sumOfWords &+ (batch.targets?.sumOfWords ?? 0)
                    if seconds.isEmpty, number == 0 { firstBatch = (clock.now - begin) / .seconds(1) }
                }
                let now = clock.now
                seconds.append((now - begin) / .seconds(1))
                begin = now
                sums.insert(sum)
            }
            return (seconds, firstBatch, MemoryWatch.usage(of: batches.workerProcesses))
        }
        guard sums.count == 1 else {
            throw PipelineError(.batchFailed, "The epochs of \(item.name) hold different bytes.")
        }
        times.firstEpochs.append(seconds[0])
        times.laterEpochs += seconds.dropFirst()
        times.firstBatches.append(firstBatch)
        memory.note(usage)
        return dataset.sampleCount
    }

    /// Seconds to the first batch at nine tenths of an epoch.
    private func resume(seed: UInt64) async throws -> Double {
        let begin = clock.now
        let (loader, dataset) = try loader(seed: seed)
        let position = BatchPosition(epoch: 0, index: dataset.count * 9 / 10)
        return try await loader.withBatches(from: position, limit: 1) { batches in
            _ = try await batches.next()
            return (clock.now - begin) / .seconds(1)
        }
    }
}

extension Tensor {
    /// The sum of the bytes taken as 64-bit words, whichever order the rows have; a rest of bytes counts alone.
    fileprivate var sumOfWords: UInt64 {
        withUnsafeBytes { bytes in
            let words = bytes.count / 8
            var sum: UInt64 = 0
            for word in 0..<words { sum &+= bytes.loadUnaligned(fromByteOffset: 8 * word, as: UInt64.self) }
            for byte in bytes[(8 * words)...] { sum &+= UInt64(byte) }
            return sum
        }
    }
}

extension [Double] {
    /// The value in the middle.
    fileprivate var median: Double { isEmpty ? .nan : sorted()[count / 2] }
}
