import ArgumentParser
import Foundation
import Leat
import LeatGraph
import LeatModel

/// Measures how fast models train and predict on this machine.
struct BenchmarkModels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "How fast models train and predict, on random data.",
        discussion: """
            Best and median epoch in samples a second, through fit and predict as a program calls them. The first \
            step's time includes building and compiling the model.
            """)

    @Option(
        help: ArgumentHelp(
            "Measure this model only; may be given again. There are \(BenchmarkCase.names).", valueName: "model"))
    var only: [String] = []

    @Option(help: "The epochs that count, after two that don't.")
    var epochs = 7

    @Option(help: "The threads that compute; 0 for one a processor.")
    var threads = 0

    @Flag(help: "Print one JSON object a line.")
    var json = false

    @Flag(help: "Print where a training step's time goes, kernel by kernel.")
    var profile = false

    func validate() throws {
        if let unknown = only.first(where: { name in !BenchmarkCase.all.contains { $0.name == name } }) {
            throw ValidationError("There is no model '\(unknown)'; there are \(BenchmarkCase.names).")
        }
        guard epochs > 0, threads >= 0 else {
            throw ValidationError("--epochs must be positive, --threads not negative.")
        }
    }

    func run() async throws {
        if !json { print("model            phase    batch   best samples/s   median   first step   GFLOP/s") }
        for item in BenchmarkCase.all where only.isEmpty || only.contains(item.name) {
            if profile {
                try printProfile(item)
                continue
            }
            for measurement in try await measure(item) { print(json ? measurement.json : measurement.row) }
        }
    }

    private func printProfile(_ item: BenchmarkCase) throws {
        let (x, y) = try item.data()
        let compilation = try Compilation(
            optimizer: item.optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy])
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
        for (name, seconds) in zip(names, least) {
            print(String(format: "%9.1f us %5.1f %%  ", seconds * 1e6, 100 * seconds / sum) + name)
        }
        print(String(format: "%9.1f us sum, %9.1f us a whole step", sum * 1e6, whole * 1e6))
    }

    private func measure(_ item: BenchmarkCase) async throws -> [BenchmarkResult] {
        let (x, y) = try item.data()
        let clock = ContinuousClock()
        var trainer: Trainer?
        let first = try await clock.measure {
            let made = try item.model.compile(
                optimizer: item.optimizer, loss: .categoricalCrossentropy, metrics: [.accuracy], threads: threads)
            _ = try await made.trainOnBatch(x[0..<item.batchSize], y[0..<item.batchSize])
            trainer = made
        }
        guard let trainer else { return [] }
        let history = try await trainer.fit(x, y, batchSize: item.batchSize, epochs: epochs + 2, verbose: 0)
        var predictions: [Double] = []
        for _ in 0..<epochs + 2 {
            let time = try await clock.measure { _ = try await trainer.predict(x, batchSize: item.batchSize) }
            predictions.append(time / .seconds(1))
        }
        let result = { (phase: String, seconds: [Double], factor: Double) in
            BenchmarkResult(
                item, phase: phase, epochSeconds: seconds, firstStep: phase == "train" ? first / .seconds(1) : nil,
                operations: item.forwardOperations * factor)
        }
        // Backward costs about twice forward: the gradients of data and of weights.
        return [
            result("train", Array(history.epochSeconds.dropFirst(2)), 3),
            result("predict", Array(predictions.dropFirst(2)), 1),
        ]
    }
}
