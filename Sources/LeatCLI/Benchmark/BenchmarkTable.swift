import Leat

// The table that `leat benchmark models` prints: 110 columns.

extension MachineLimits {
    /// What was measured of the machine, and the table's head.
    var header: String {
        let kernels = instructionSet + (oneDNN.isEmpty ? ", without oneDNN" : ", oneDNN \(oneDNN)")
        let limits =
            "\(DecimalText.fixed(gigaflops, digits: 0)) GFLOP/s float32, "
            + "\(DecimalText.fixed(memoryGigabytesPerSecond, digits: 1)) GB/s from memory"
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
                Int(phase.bestSamplesS.rounded()).grouped, Int(phase.medianSamplesS.rounded()).grouped,
                milliseconds(phase.stepS), DecimalText.fixed(phase.gigaflops, digits: 1), milliseconds(phase.floorS),
                DecimalText.fixed(100 * phase.floorS / phase.stepS, digits: 1) + " %",
                index == 0 ? DecimalText.fixed(firstStepS, digits: 3) + " s" : "",
                index == 0 ? DecimalText.fixed(peakRssMb, digits: 0) : "",
            ])
        }
        if let overhead {
            rows.append(
                String(repeating: " ", count: 16) + "bare step \(milliseconds(overhead.bareStepS)) ms; "
                    + "fit adds \(DecimalText.fixed(overhead.silentPercent, digits: 1)) %, "
                    + "with progress bar and callback \(DecimalText.fixed(overhead.watchedPercent, digits: 1)) %")
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
    return DecimalText.fixed(value, digits: value < 1 ? 4 : value < 10 ? 3 : value < 100 ? 2 : 1)
}

extension String {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> String {
        String(self[..<(lastIndex { !predicate($0) }.map(index(after:)) ?? startIndex)])
    }
}
