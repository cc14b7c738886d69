import Leat

/// What the loaders read, and how fast libzstd alone unpacks it.
struct LoaderFloor: Codable {
    let dataset: String
    let samples, shards, rawBytes, storedBytes, processors: Int
    /// Samples a second that libzstd unpacks on one processor, and on all of them at once.
    let zstdSamplesSOneThread, zstdSamplesS: Double
}

/// What was measured of one loader.
struct LoaderResult: Codable {
    let loader: String
    /// Nil where the loader chooses.
    let workers: Int?
    let batch, samples: Int
    /// Samples a second of the first epoch, with the opening of the dataset and the start of the workers: the best
    /// and the median of several, each by a dataset opened anew.
    let firstEpochSamplesS, medianFirstEpochSamplesS: Double
    /// Samples a second of the later epochs.
    let bestSamplesS, medianSamplesS: Double
    /// Seconds from the opening of the dataset to the first batch, from the start and at nine tenths of an epoch.
    let firstBatchS, resumeS: Double
    /// The most memory that this process and its workers had, in 10⁶ bytes; what they share counts once.
    let peakRssMb: Double
    /// Training by `fit` on tensors, and by `fitGenerator` on shards.
    let fit: FitComparison.Result?
}

extension LoaderFloor {
    /// What was read, and the table's head.
    var header: String {
        let size = "\(samples.grouped) samples, \(ByteCount(rawBytes)) in \(counted(shards, "shard"))"
        let rates = "\(Int(zstdSamplesSOneThread).grouped) samples/s on one processor"
        return """
            \(dataset), \(size), stored as \(ByteCount(storedBytes))
            libzstd alone: \(rates), \(Int(zstdSamplesS).grouped) on \(processors)

            """
                + loaderRow([
                    "loader", "1st epoch/s", "(median)", "later/s", "(median)", "1st batch", "resume", "peak MB",
                ])
    }
}

extension LoaderResult {
    /// The row of the table, and one of the training if there was one.
    var rows: [String] {
        func milliseconds(_ seconds: Double) -> String { DecimalText.fixed(seconds * 1e3, digits: 1) + " ms" }
        let rates = [firstEpochSamplesS, medianFirstEpochSamplesS, bestSamplesS, medianSamplesS]
        var rows = [
            loaderRow(
                [loader] + rates.map { Int($0.rounded()).grouped }
                    + [milliseconds(firstBatchS), milliseconds(resumeS), DecimalText.fixed(peakRssMb, digits: 0)])
        ]
        if let fit {
            let (tensors, shards) = (fit.fitSamplesS, fit.fitGeneratorSamplesS)
            rows.append(
                String(repeating: " ", count: 13) + "fit \(Int(tensors).grouped) samples/s, fitGenerator "
                    + "\(Int(shards).grouped); epoch by epoch \(DecimalText.fixed(100 * fit.share, digits: 1)) % (median)"
            )
        }
        return rows
    }
}

/// Cells side by side: one to the left, the others to the right.
private func loaderRow(_ cells: [String]) -> String {
    let widths = [13, 13, 13, 13, 13, 12, 12, 9]
    return zip(cells, widths).enumerated().map { index, cell in
        let space = String(repeating: " ", count: max(cell.1 - cell.0.count, 0))
        return index == 0 ? cell.0 + space : space + cell.0
    }.joined()
}
