import ArgumentParser
import Leat

/// `leat pack SOURCE OUT`.
struct Pack: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Packs a dataset into compressed shards.",
        discussion: """
            SOURCE is an .npz or .npy file (axis 0 counts the samples; NAME with NAME_offsets are vectors of different \
            lengths), an HDF5 file (its datasets are columns), an IDX file of images or labels or a folder of such \
            (train, t10k), CIFAR-10's binary files or their folder, a .csv or .tsv file, a file with an object of \
            JSON (.jsonl) or a text (.txt) on each line, a WebDataset archive (.tar: files of one name are a sample, \
            their extensions its columns), a TFRecord file of tf.train.Example, or a folder with a subfolder of JPEG \
            and PNG files for each class. Archives, TFRecord files and files of lines may come in numbers: as a \
            folder, or as a pattern such as 'train-{000..099}.tar'. Files may be compressed with gzip where that is \
            usual, and those also with zstd.

            All processors compress. A packing that was killed goes on where it was when it is started again with the same \
            SOURCE, OUT and options.

            A source with several splits, such as train and test, becomes a folder of shards for each in OUT. Memory \
            stays small, however large the source is.
            """)

    @Argument(help: "The file or folder to pack.")
    var source: String

    @Argument(help: "The folder for the shards; made if it is missing.")
    var out: String

    @Option(help: ArgumentHelp("The columns to keep, in SOURCE's names; NEW=OLD renames.", valueName: "a,b=c,…"))
    var columns: String?

    @Option(help: ArgumentHelp("Pack this split only, straight into OUT.", valueName: "name"))
    var split: String?

    @Option(
        help: ArgumentHelp(
            "What SOURCE is, where its name and content don't tell: npz, npy, hdf5, idx, cifar10, csv, jsonl, lines, tar, tfrecord or images.",
            valueName: "name"),
        transform: Self.format)
    var format: SampleSource.Format?

    @Option(help: ArgumentHelp("zstd, gz or none, with a level if wanted.", valueName: "name:level"))
    var compression = "zstd:3"

    @Option(help: ArgumentHelp("Checksums of each file to record: xxh64, sha256 and so on, or none.", valueName: "a,b"))
    var hash = "xxh64"

    @Option(help: ArgumentHelp("The largest shard before compression.", valueName: "bytes"))
    var sizeLimit = ByteCount(64 << 20)

    @Option(help: ArgumentHelp("What parts the values of a CSV file; tab, or one character.", valueName: "character"))
    var delimiter: String?

    @Flag(inversion: .prefixedNo, help: "Whether a CSV file's first line names the columns; otherwise it is found out.")
    var header: Bool?

    @Flag(help: "Replace the dataset in OUT.")
    var force = false

    @Flag(help: "Print what was made as JSON.")
    var json = false

    func validate() throws {
        guard ShardCompression(name: compression) != nil else {
            throw ValidationError("There is no compression '\(compression)': zstd:1 to zstd:22, gz:0 to gz:9, or none.")
        }
        for name in hashNames where ShardHash(rawValue: name) == nil {
            let known = ShardHash.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no checksum '\(name)': \(known), or none.")
        }
        guard sizeLimit.bytes <= Int(UInt32.max) else { throw ValidationError("A shard holds less than 4GB.") }
        for choice in columnChoices ?? [] where choice.name.isEmpty || choice.source.isEmpty {
            throw ValidationError("--columns takes names parted by commas, or NEW=OLD: '\(columns ?? "")' is not so.")
        }
        guard delimiter.map({ $0.count == 1 || $0 == "tab" }) ?? true else {
            throw ValidationError("--delimiter takes one character, or tab.")
        }
    }

    func run() throws {
        var csv = SampleSource.CSVOptions()
        csv.delimiter = delimiter == "tab" ? "\t" : delimiter?.first
        csv.header = header.map { $0 ? .present : .absent } ?? .automatic
        let packing = Packing(
            source: try SampleSource(source, format: format, csv: csv), output: out, columns: columnChoices,
            split: split, compression: ShardCompression(name: compression) ?? .none,
            hashes: hashNames.compactMap(ShardHash.init(rawValue:)), sizeLimit: sizeLimit.bytes, isReplacing: force,
            task: task)
        let results = try packing.run()
        if json { return try Console.printJSON(results) }
        for result in results {
            let counts = "\(counted(result.samples, "sample")) in \(counted(result.shards, "shard"))"
            print("\(result.path): \(counts), \(ByteCount(result.rawBytes)) stored as \(ByteCount(result.storedBytes))")
        }
    }

    /// The source's files and all options.
    private var task: String {
        let options: [String] = [
            columns ?? "", split ?? "", format?.rawValue ?? "", compression, hash, "\(sizeLimit.bytes)",
            delimiter ?? "",
            header.map { "\($0)" } ?? "",
        ]
        return options.joined(separator: "|") + "|" + SourceIdentity(source).text
    }

    private static func format(_ name: String) throws -> SampleSource.Format {
        if let format = SampleSource.Format(rawValue: name) { return format }
        let known = SampleSource.Format.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("There is no format '\(name)': \(known).")
    }

    private var hashNames: [String] { hash == "none" ? [] : hash.split(separator: ",").map(String.init) }

    private var columnChoices: [ColumnChoice]? {
        columns?.split(separator: ",", omittingEmptySubsequences: false).map { part in
            let names = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return names.count == 2 ? ColumnChoice(names[1], as: names[0]) : ColumnChoice(names[0])
        }
    }
}
