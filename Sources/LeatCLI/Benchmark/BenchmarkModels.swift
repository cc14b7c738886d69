import ArgumentParser
import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Measures how fast models train and predict on this machine.
struct BenchmarkModels: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "How fast models train, evaluate and predict, on random data.",
        discussion: """
            Each model is measured in a process of its own, through fit, evaluate and predict as a program calls them; \
            latency is predictOnBatch with one sample. Samples a second are those of the best and of the median epoch, \
            after two epochs that don't count; the time a step is the best epoch's for a full batch. The first step's \
            time includes building and compiling the model.

            The floor is what a step would take if the machine did nothing but its multiplications and additions, or \
            read and write its weights, optimizer state and batch, as fast as it can; that is measured first. A \
            convolution by Winograd's method needs fewer operations than are counted, and may go below the floor. The models: \(BenchmarkCase.names).
            """)

    @Option(help: ArgumentHelp("Measure this model only; may be given again.", valueName: "model"))
    var only: [String] = []

    @Option(help: "The epochs that count; as many as fit into a second, and at least 5, if it is not given.")
    var epochs: Int?

    @Option(help: "The samples of a batch instead of the model's own; epochs have at least four batches then.")
    var batch: Int?

    @Option(help: "The threads that compute; 0 for one a processor.")
    var threads = 0

    @Flag(help: "Measure also what fit costs over the bare step, silent and with a progress bar and a callback.")
    var overhead = false

    @Flag(help: "Print only where a training step's time goes, kernel by kernel.")
    var profile = false

    @Flag(help: "Print one JSON object a line: the machine's limits, then a model each.")
    var json = false

    /// The machine's limits as the process measured them that started this one, to measure a model for it.
    @Option(help: .hidden, transform: { try JSONDecoder().decode(MachineLimits.self, from: Data($0.utf8)) })
    var machine: MachineLimits?

    private var chosen: [BenchmarkCase] {
        BenchmarkCase.all.filter { only.isEmpty || only.contains($0.name) }
            .map { item in batch.map { item.with(batchSize: $0) } ?? item }
    }

    func validate() throws {
        if let unknown = only.first(where: { name in !BenchmarkCase.all.contains { $0.name == name } }) {
            throw ValidationError("There is no model '\(unknown)'; there are \(BenchmarkCase.names).")
        }
        guard (epochs ?? 1) > 0, (batch ?? 1) > 0, threads >= 0 else {
            throw ValidationError("--epochs and --batch must be positive, --threads not negative.")
        }
    }

    func run() async throws {
        if profile { return try chosen.forEach { try BenchmarkProfile($0, threads: threads).print() } }
        guard let machine else { return try await measureInProcesses() }
        for item in chosen {
            let result = try await BenchmarkRun(item, machine: machine, epochs: epochs).result(overhead: overhead)
            print(json ? try result.json : result.rows.joined(separator: "\n"))
        }
    }

    /// Measures the machine, then starts this program again for each model: what a model needs of memory is told apart.
    private func measureInProcesses() async throws {
        let machine = try MachineLimits(measuring: threads)
        Console.printNow(json ? try ["machine": machine].jsonLine : machine.header)
        try await runThisProgram(forEach: chosen.map(\.name)) { name in
            var arguments = [
                "benchmark", "models", "--only", name, "--threads", "\(machine.threads)", "--machine",
                try machine.argument,
            ]
            if let epochs { arguments += ["--epochs", "\(epochs)"] }
            if let batch { arguments += ["--batch", "\(batch)"] }
            if overhead { arguments.append("--overhead") }
            if json { arguments.append("--json") }
            return arguments
        }
    }
}

extension MachineLimits {
    /// What `--machine` takes.
    fileprivate var argument: String { get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) } }
}
