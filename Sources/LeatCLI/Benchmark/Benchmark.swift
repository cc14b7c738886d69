import ArgumentParser

/// This machine's figures.
struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures how fast Leat is on this machine.",
        subcommands: [BenchmarkModels.self, BenchmarkLoaders.self])
}
