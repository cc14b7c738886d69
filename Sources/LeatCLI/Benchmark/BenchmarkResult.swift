import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What was measured of one model in one phase.
struct BenchmarkPhase: Codable {
    /// The phases, as they are called in the table.
    enum Kind: String, Codable {
        case train, evaluate, predict, latency
    }

    let phase: Kind
    let batch: Int
    /// Samples a second in the best and in the median epoch.
    let bestSamplesS, medianSamplesS: Double
    /// Seconds of a full batch in the best and in the median epoch, and at the least.
    let stepS, medianStepS, floorS: Double
    /// Arithmetic of a full batch, in 10⁹ operations, and what is done of it in a second in the best epoch.
    let gigaoperations, gigaflops: Double

    /// `seconds` are those of the epochs; `operations` and `floor` are an epoch's.
    init(_ phase: Kind, batch: Int, samples: Int, seconds: [Double], operations: Double, floor: Double) {
        let sorted = seconds.sorted()
        let (best, median) = (sorted.first ?? .nan, sorted.isEmpty ? .nan : sorted[sorted.count / 2])
        let share = Double(batch) / Double(samples)
        self.phase = phase
        self.batch = batch
        bestSamplesS = Double(samples) / best
        medianSamplesS = Double(samples) / median
        stepS = best * share
        medianStepS = median * share
        floorS = floor * share
        gigaoperations = operations * share * 1e-9
        gigaflops = operations * 1e-9 / best
    }
}

/// What was measured of one model.
struct BenchmarkResult: Codable {
    let model: String
    let engine: String
    let threads: Int
    let batch, samples: Int
    /// Seconds from the model's description to the end of the first step, and of the first epoch.
    let firstStepS, firstEpochS: Double
    /// The most memory that the process had, in 10⁶ bytes.
    let peakRssMb: Double
    let phases: [BenchmarkPhase]
    let overhead: Overhead?

    init(
        _ item: BenchmarkCase, threads: Int, firstStep: Double, firstEpoch: Double, phases: [BenchmarkPhase],
        overhead: Overhead?
    ) {
        model = item.name
        engine = "leat"
        self.threads = threads
        (batch, samples) = (item.batchSize, item.samples)
        (firstStepS, firstEpochS) = (firstStep, firstEpoch)
        peakRssMb = peakResidentBytes() / 1e6
        self.phases = phases
        self.overhead = overhead
    }

    /// One JSON object, as benchmarks are collected.
    var json: String { get throws { try jsonLine } }
}

extension Encodable {
    /// The value as JSON on one line.
    var jsonLine: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
