import ArgumentParser
import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Measures how fast batches are loaded on this machine.
struct BenchmarkLoaders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loaders", abstract: "How fast batches come from compressed shards.",
        discussion: """
            Fashion-MNIST (Debian's dataset-fashion-mnist; made images where it is not installed) is packed into zstd:3 \
            shards in a temporary folder, and read in shuffled batches of uint8 images and labels by a consumer that \
            touches every byte. Each loader is measured in a process of its own: inline has no workers, tasks-N has N \
            tasks on threads of their own, processes-N has N worker processes; automatic is the loader's own choice.

            The first epoch begins with the opening of the dataset, the start of the workers included, and nothing is \
            unpacked; files are in the system's cache. Later epochs find in memory what the budget holds. Before the \
            loaders, libzstd alone unpacks the same shards: no loader's first epoch can be faster than that on as many \
            processors.

            The columns: samples a second of the first epoch, the best and the median round; of later epochs, the best \
            and the median; the median time from the start to the first batch, and to the first batch of a run that \
            goes on at nine tenths of an epoch; the most memory, workers included, in 10⁶ bytes.
            """)

    @Option(help: ArgumentHelp("Measure this loader only; may be given again.", valueName: "loader"))
    var only: [String] = []

    @Option(help: "How often each loader is started.")
    var rounds = LoaderSettings().rounds

    @Option(help: "The epochs that are read each time.")
    var epochs = LoaderSettings().epochs

    @Option(help: "The samples of a batch.")
    var batch = LoaderSettings().batchSize

    @Option(help: "The samples of the dataset; more than there are repeat them.")
    var samples = 60_000

    @Option(help: ArgumentHelp("The largest shard before compression.", valueName: "bytes"))
    var sizeLimit = ByteCount(8 << 20)

    @Option(help: ArgumentHelp("The unpacked shards that are kept.", valueName: "bytes"))
    var memoryBudget = ByteCount(LoaderSettings().memoryBudget)

    @Flag(help: "Measure also training: fitGenerator from shards beside fit on tensors, for mnist_cnn.")
    var fit = false

    @Flag(help: "Print one JSON object a line: the dataset with libzstd's own speed, then a loader each.")
    var json = false

    /// The folder of the process that started this one, to measure a loader for it.
    @Option(help: .hidden)
    var data: String?

    private var chosen: [LoaderCase] {
        only.isEmpty ? LoaderCase.all(processors: processors) : only.compactMap(LoaderCase.init(name:))
    }

    private var processors: Int { Processors.count }

    private var settings: LoaderSettings {
        var settings = LoaderSettings()
        (settings.batchSize, settings.rounds, settings.epochs) = (batch, rounds, epochs)
        settings.memoryBudget = memoryBudget.bytes
        return settings
    }

    func validate() throws {
        if let unknown = only.first(where: { LoaderCase(name: $0) == nil }) {
            throw ValidationError(
                "There is no loader '\(unknown)'; there are inline, automatic, tasks-N and processes-N.")
        }
        guard rounds > 0, epochs > 0, batch > 0, samples >= batch else {
            throw ValidationError("--rounds, --epochs and --batch must be positive, --samples a batch at least.")
        }
        guard sizeLimit.bytes <= Int(UInt32.max) else { throw ValidationError("A shard holds less than 4GB.") }
    }

    func run() async throws {
        guard let data else { return try await measureInProcesses() }
        for item in chosen {
            let training = FitComparison(item: item, folder: data + "/fit", settings: settings)
            let result = try await LoaderRun(item, folder: data + "/epochs", settings: settings)
                .result(fit: fit ? training.result() : nil)
            print(json ? try result.jsonLine : result.rows.joined(separator: "\n"))
        }
    }

    /// Makes the dataset and starts this program again for each loader: what a loader needs of memory is told apart.
    private func measureInProcesses() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("leat-loaders-\(UUID())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let floor = try await prepare(folder)
        Console.printNow(json ? try ["machine": floor].jsonLine : floor.header)
        try await runThisProgram(forEach: chosen.map(\.name)) { name in
            var arguments = ["benchmark", "loaders", "--data", folder, "--only", name]
            arguments += ["--rounds", "\(rounds)", "--epochs", "\(epochs)", "--batch", "\(batch)"]
            arguments += ["--samples", "\(samples)", "--memory-budget", "\(memoryBudget.bytes)"]
            if fit { arguments.append("--fit") }
            if json { arguments.append("--json") }
            return arguments
        }
    }

    private func prepare(_ folder: String) async throws -> LoaderFloor {
        let dataset = try LoaderDataset()
        try dataset.pack(into: folder + "/epochs", samples: samples, sizeLimit: sizeLimit.bytes)
        if fit { try FitComparison.pack(dataset, into: folder + "/fit") }
        let unpacking = try UnpackingFloor(folder + "/epochs")
        let index = unpacking.index
        return LoaderFloor(
            dataset: dataset.name, samples: index.sampleCount, shards: index.shards.count,
            rawBytes: index.shards.reduce(0) { $0 + $1.raw.byteCount },
            storedBytes: index.shards.reduce(0) { $0 + $1.stored.byteCount }, processors: processors,
            zstdSamplesSOneThread: try await unpacking.samplesASecond(threads: 1),
            zstdSamplesS: try await unpacking.samplesASecond(threads: processors))
    }
}
