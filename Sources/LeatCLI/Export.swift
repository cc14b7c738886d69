import ArgumentParser
import Leat

/// `leat export DIR OUT.npz`.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Unpacks a dataset into arrays for NumPy.",
        discussion: """
            Values of equal shapes are stacked. Others are joined: row i of column NAME is NAME[NAME_offsets[i]:\
            NAME_offsets[i + 1]], and NAME_shapes has the shapes where more than the first extents differ. Text becomes \
            unicode of fixed width, bytes and images become uint8 with offsets. Of several splits, the names end in \
            the split's name: x_train, x_test.
            """)

    @Argument(help: "The folder with the shards.")
    var dir: String

    @Argument(help: "The .npz file to write.")
    var out: String

    @Option(help: ArgumentHelp("The columns to keep.", valueName: "a,b"))
    var columns: String?

    @Flag(help: "Compress the arrays.")
    var compressed = false

    @Flag(help: "Replace OUT.")
    var force = false

    @Flag(help: "Print what was written as JSON.")
    var json = false

    func run() async throws {
        let exporting = Exporting(
            dataset: try DatasetFolder(dir), output: out,
            columns: columns?.split(separator: ",").map(String.init), isCompressed: compressed, isReplacing: force)
        let arrays = try await exporting.run()
        if json { return try Console.printJSON(arrays) }
        for array in arrays { print("\(array.name)  \(array.type)\(Shape(array.shape))") }
    }
}
