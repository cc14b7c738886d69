import Foundation
import Leat

// The table that `leat benchmark models` prints: 110 columns.

extension MachineLimits {
    /// What was measured of the machine, and the table's head.
    var header: String {
        let kernels = instructionSet + (oneDNN.isEmpty ? ", without oneDNN" : ", oneDNN \(oneDNN)")
        let limits = String(
            format: "%.0f GFLOP/s float32, %.1f GB/s from memory", gigaflops, memoryGigabytesPerSecond)
        let names = [
            "model", "phase", "batch", "samples/s", "median", "ms/step", "GFLOP/s", "floor ms", "of limit",
            "1st step", "peak MB",
        ]
        return "\(threads) \(threads == 1 ? "thread" : "threads"), \(kernels); limits: \(limits)\n\n" + row(names)
    }
}

extension BenchmarkResult {
    /// The rows of the table.
    var rows: [String] {
        var rows = phases.enumerated().map { index, phase in
            row([
                index == 0 ? model : "", phase.phase.rawValue, "\(phase.batch)",
                grouped(Int(phase.bestSamplesS.rounded())), grouped(Int(phase.medianSamplesS.rounded())),
                milliseconds(phase.stepS), String(format: "%.1f", phase.gigaflops), milliseconds(phase.floorS),
                String(format: "%.1f %%", 100 * phase.floorS / phase.stepS),
                index == 0 ? String(format: "%.3f s", firstStepS) : "",
                index == 0 ? String(format: "%.0f", peakRssMb) : "",
            ])
        }
        if let overhead {
            rows.append(
                String(
                    format: "%@bare step %@ ms; fit adds %.1f %%, with progress bar and callback %.1f %%",
                    String(repeating: " ", count: 16), milliseconds(overhead.bareStepS), overhead.silentPercent,
                    overhead.watchedPercent))
        }
        return rows
    }
}

/// Cells side by side: two to the left, the others to the right.
private func row(_ cells: [String]) -> String {
    let widths = [15, 8, 6, 12, 12, 10, 9, 10, 9, 9, 9]
    return zip(cells, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: max(cell.1 - cell.0.count, 0))
        return index < 2 ? cell.0 + space : space + cell.0
    }.joined().trimmingSuffix { $0 == " " }
}

/// Seconds as milliseconds with four digits.
private func milliseconds(_ seconds: Double) -> String {
    let value = seconds * 1e3
    return String(format: "%.\(value < 1 ? 4 : value < 10 ? 3 : value < 100 ? 2 : 1)f", value)
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        String(self[..<(lastIndex { !predicate($0) }.map(index(after:)) ?? startIndex)])
    }
}
