import ArgumentParser
import Leat

/// `leat verify DIR`.
struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads a whole dataset and reports all damage.",
        discussion: """
            Checks that every file is there, of the recorded size and with the recorded checksums, and that every value \
            of every sample can be read. Prints a line for each problem, at last how many shards are damaged, and exits with 1 \
            if there is any.
            """)

    @Argument(help: "The folder with the shards.")
    var dir: String

    @Flag(help: "Print JSON: a list with an object for each split.")
    var json = false

    func run() async throws {
        var verifications: [Verification] = []
        for part in try DatasetFolder(dir).parts { verifications.append(try await Verification(part)) }
        if json {
            try Console.printJSON(verifications)
        } else {
            for line in verifications.flatMap(\.lines) { print(line) }
        }
        if verifications.contains(where: { !$0.problems.isEmpty }) { throw ExitCode.failure }
    }
}
