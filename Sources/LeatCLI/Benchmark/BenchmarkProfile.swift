import Leat

/// Where the time of a model's training step goes, kernel by kernel.
struct BenchmarkProfile {
    private let item: BenchmarkCase
    private let threads: Int

    init(_ item: BenchmarkCase, threads: Int) {
        self.item = item
        self.threads = threads
    }

    /// Trains for a second, and prints the least that each kernel took and that a whole step took.
    func print() throws {
        let (x, y) = try item.data()
        let compilation = try Compilation(optimizer: item.optimizer, loss: item.loss, metrics: [.accuracy])
        let executor = try ModelExecutor(model: item.model, compilation: compilation, threads: threads)
        let (inputs, targets) = try (x[0..<item.batchSize], y[0..<item.batchSize])
        let clock = ContinuousClock()
        var least: [Double] = []
        var names: [String] = []
        var whole = Double.infinity
        let end = clock.now + .seconds(1)
        while least.isEmpty || clock.now < end {
            var profile = Profile()
            try executor.trainStep(inputs: inputs, targets: targets, into: &profile)
            names = profile.entries.map(\.name)
            let seconds = profile.entries.map(\.seconds)
            least = least.isEmpty ? seconds : zip(least, seconds).map { min($0, $1) }
            let time = try clock.measure { _ = try executor.trainStep(inputs: inputs, targets: targets) }
            whole = min(whole, time / .seconds(1))
        }
        let sum = least.reduce(0, +)
        func microseconds(_ seconds: Double) -> String { DecimalText.fixed(seconds * 1e6, digits: 1, width: 9) }
        Swift.print("\(item.name), batches of \(item.batchSize)")
        for (name, seconds) in zip(names, least) {
            let share = DecimalText.fixed(100 * seconds / sum, digits: 1, width: 5)
            Swift.print("\(microseconds(seconds)) us \(share) %  \(name)")
        }
        Swift.print("\(microseconds(sum)) us sum, \(microseconds(whole)) us a whole step")
    }
}
