import Leat

/// What `fit` costs over its bare steps.
struct Overhead: Codable {
    /// Seconds of a bare step, the median epoch's.
    let bareStepS: Double
    /// By how many percent an epoch of `fit` takes longer than one of bare steps beside it, in the median.
    let silentPercent: Double
    /// The same with a progress bar and a callback.
    let watchedPercent: Double
}

/// Trains by the executor alone, by `fit`, and by `fit` with a progress bar and a callback, epoch by epoch in turns.
struct OverheadMeasurement {
    private let item: BenchmarkCase
    private let trainer: Trainer
    private let x: Tensor, y: Tensor
    private let machine: MachineLimits

    init(_ item: BenchmarkCase, _ trainer: Trainer, _ x: Tensor, _ y: Tensor, _ machine: MachineLimits) {
        (self.item, self.trainer, self.x, self.y, self.machine) = (item, trainer, x, y, machine)
    }

    func result() async throws -> Overhead {
        let executor = try ModelExecutor(
            model: item.model, compilation: Compilation(optimizer: item.optimizer, loss: item.loss),
            threads: machine.threads)
        let batches = try stride(from: 0, to: item.samples, by: item.batchSize).map { start in
            let rows = start..<min(start + item.batchSize, item.samples)
            return (x: try x[rows], y: try y[rows])
        }
        let callback = LambdaCallback(onEpochEnd: { _, _, _ in }, onBatchEnd: { _, _, _ in })
        await trainer.setConsole(Leat.Console(isTerminal: true) { _ in })
        let clock = ContinuousClock()
        var (bare, silent, watched): ([Double], [Double], [Double]) = ([], [], [])
        let end = clock.now + .seconds(3)
        while bare.count < 7 || clock.now < end {
            bare.append(
                try clock.measure {
                    for batch in batches { _ = try executor.trainStep(inputs: batch.x, targets: batch.y) }
                } / .seconds(1))
            silent += try await trainer.fit(x, y, batchSize: item.batchSize, verbose: 0).epochSeconds
            watched += try await trainer.fit(
                x, y, batchSize: item.batchSize, verbose: 1, callbacks: [callback]
            ).epochSeconds
        }
        // The first epoch of each compiles or warms up. Epochs that lie side by side are compared: a machine that is
        // slow for a while slows all three.
        func median(_ values: [Double]) -> Double { values.dropFirst().sorted()[(values.count - 1) / 2] }
        func percent(_ times: [Double]) -> Double { 100 * (median(zip(times, bare).map { $0 / $1 }) - 1) }
        return Overhead(
            bareStepS: median(bare) / Double(batches.count), silentPercent: percent(silent),
            watchedPercent: percent(watched))
    }
}
