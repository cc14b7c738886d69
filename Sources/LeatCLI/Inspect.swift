import ArgumentParser
import Leat

/// `leat inspect DIR`.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a dataset holds: samples, shards, columns and sizes.",
        discussion: """
            Of shards, only the index is read; `leat verify` reads the shards. Splits in folders of DIR are all shown. Of \
            anything else that `leat pack` takes, the columns are shown that it would pack.
            """)

    @Argument(help: "The folder with the shards, or a file or folder that could be packed.")
    var dir: String

    @Flag(help: "Print JSON: a list with an object for each split.")
    var json = false

    func run() throws {
        // Whatever is neither is shards that are missing, and is called so.
        if !DatasetFolder.isDataset(dir), let source = try? SampleSource(dir) {
            let inspections = try SourceInspection.all(source)
            if json { return try Console.printJSON(inspections) }
            for line in inspections.flatMap(\.lines) { print(line) }
            return
        }
        let inspections = try DatasetFolder(dir).parts.map { try Inspection($0) }
        if json { return try Console.printJSON(inspections) }
        for line in inspections.flatMap(\.lines) { print(line) }
    }
}
