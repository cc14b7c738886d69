import Foundation

/// What was measured of one model in one phase.
struct BenchmarkResult {
    let model: String
    let phase: String
    let batch: Int
    let best: Double
    let median: Double
    let firstStep: Double?
    let gigaflops: Double

    init(_ item: BenchmarkCase, phase: String, epochSeconds: [Double], firstStep: Double?, operations: Double) {
        let sorted = epochSeconds.sorted()
        let samples = Double(item.samples)
        model = item.name
        self.phase = phase
        batch = item.batchSize
        best = samples / (sorted.first ?? .nan)
        median = samples / (sorted.isEmpty ? .nan : sorted[sorted.count / 2])
        self.firstStep = firstStep
        gigaflops = best * operations / 1e9
    }

    /// One JSON object, as benchmarks are collected.
    var json: String {
        let first = firstStep.map { ", \"first_step_s\": " + String(format: "%.4f", $0) } ?? ""
        return "{\"model\": \"\(model)\", \"phase\": \"\(phase)\", \"batch\": \(batch), "
            + String(format: "\"best_samples_s\": %.1f, \"median_samples_s\": %.1f", best, median) + first
            + String(format: ", \"gflops\": %.1f}", gigaflops)
    }

    /// A row of the table.
    var row: String {
        let first = firstStep.map { String(format: "%.3f s", $0) } ?? "-"
        func left(_ text: String, _ width: Int) -> String { text.padding(toLength: width, withPad: " ", startingAt: 0) }
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(width - text.count, 1)) + text
        }
        return left(model, 17) + left(phase, 9) + right("\(batch)", 5) + right(String(format: "%.0f", best), 17)
            + right(String(format: "%.0f", median), 9) + right(first, 13) + right(String(format: "%.1f", gigaflops), 10)
    }
}
