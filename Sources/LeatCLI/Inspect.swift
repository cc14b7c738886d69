import ArgumentParser
import Leat

/// `leat inspect DIR`.
struct Inspect: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a dataset holds: samples, shards, columns and sizes.",
        discussion: "Only the index is read; `leat verify` reads the shards. Splits in folders of DIR are all shown.")

    @Argument(help: "The folder with the shards.")
    var dir: String

    @Flag(help: "Print JSON: a list with an object for each split.")
    var json = false

    func run() throws {
        let inspections = try DatasetFolder(dir).parts.map { try Inspection($0) }
        if json { return try Console.printJSON(inspections) }
        for line in inspections.flatMap(\.lines) { print(line) }
    }
}
