import ArgumentParser
import Leat

/// The `leat` command.
@main
struct LeatTool: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leat",
        abstract: "Makes, examines and unpacks datasets of compressed shards, and measures models and loaders.",
        discussion: """
            The shards are MosaicML Streaming's MDS, which its Python readers and writers share with Leat. Exit codes: \
            0 fine, 1 failed, 2 wrong usage.
            """,
        subcommands: [Pack.self, Inspect.self, Verify.self, Export.self, Benchmark.self])

    /// Runs the command line and ends with the conventional exit codes.
    static func main() async {
        await WorkerProcess.serveIfRequested(ShardDataset.self)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    private static func end(with error: any Error) -> Never {
        switch exitCode(for: error) {
        case .success:
            // A request for help, which is printed to standard output.
            exit(withError: error)
        case .validationFailure:
            Console.complain(fullMessage(for: error))
            exit(withError: ExitCode(2))
        default:
            if !(error is ExitCode) { Console.complain("leat: \(error)") }
            exit(withError: ExitCode(1))
        }
    }
}
