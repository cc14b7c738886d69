/// A dataset in one of the formats that are read sample by sample: a file or a folder, with one split or several.
///
/// - `.npy`, `.npz`: axis 0 counts the samples. `NAME` with `NAME_offsets` are vectors of different lengths. Arrays
///   that all end in `_train` or `_test`, as in Keras' `mnist.npz`, are two splits.
/// - HDF5: datasets of one length, with those in groups under names such as `train/x`.
/// - IDX: images and the labels beside them (`…-images-idx3-ubyte`, `…-labels-idx1-ubyte`), or a folder of such pairs,
///   `train` and `t10k` (called `test`).
/// - CIFAR-10: binary files, or the folder of `data_batch_….bin` and `test_batch….bin`.
/// - CSV: a file of comma- or tab-separated values.
/// - JSON lines: an object on each line (`.jsonl`, `.ndjson`); text lines: `.txt`.
/// - WebDataset: tar archives, alone, in a folder, or as a pattern such as `train-{000..099}.tar`.
/// - TFRecord: files of `tf.train.Example`, alone, in a folder, or as a pattern.
/// - Images: a folder with a subfolder of JPEG and PNG files for each class, or `train`, `test` and the like with such.
///
/// Files may be compressed with gzip or zstd where they are read from the first byte to the last.
public struct SampleSource: Sendable {
    /// The formats.
    public enum Format: String, Sendable, Hashable, CaseIterable {
        case npy, npz, idx, cifar10, csv, images, jsonl, lines, tar, tfrecord, hdf5
    }

    /// How to read CSV files; nil leaves it to the file's name and its first record.
    public struct CSVOptions: Sendable, Hashable {
        /// The character between values.
        public var delimiter: Character?
        /// Whether the first record names the columns.
        public var header: CSVReader.Header = .automatic

        /// The delimiter by the file's name, the header by the first record.
        public init() {}
    }

    /// One part of the dataset.
    struct Split: Sendable {
        /// Nil where the dataset is not divided.
        var name: String?
        /// Opens the split for the columns of the given names, or for those that it gives unasked; it may give more.
        var open: @Sendable ([String]?) throws -> any SampleReader

        init(_ name: String? = nil, open: @escaping @Sendable ([String]?) throws -> any SampleReader) {
            self.name = name
            self.open = open
        }
    }

    /// The path of the file or folder.
    public let path: String
    /// The format.
    public let format: Format

    private let splits: [Split]

    /// The dataset at the path; its format is seen from its name and content where none is given.
    ///
    /// - Throws: `FormatError` if there is nothing there or it is of no known format.
    public init(_ path: String, format: Format? = nil, csv: CSVOptions = CSVOptions()) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let format = try format ?? Self.detectFormat(of: path)
        self.path = path
        self.format = format
        splits =
            switch format {
            case .npy: [Split { _ in try ArraysReader([("x", try Npy.reader(path))], path: path) }]
            case .npz: try Self.npzSplits(path)
            case .hdf5: [Split { try Self.hdf5Reader(path, $0) }]
            case .idx: try Self.idxSplits(path)
            case .cifar10: try Self.cifarSplits(path)
            case .csv: [Split { _ in try CSVReader(path, delimiter: csv.delimiter, header: csv.header) }]
            case .images: try Self.imageSplits(path)
            case .jsonl:
                try Self.fileSplits(path, Self.hasJSONLinesName) { try JSONLinesReader($0, wanted: $1) }
            case .lines: try Self.fileSplits(path, Self.hasTextName) { files, _ in TextLinesReader(files) }
            case .tar: try Self.fileSplits(path, Self.hasTarName) { try TarReader($0, wanted: $1) }
            case .tfrecord:
                try Self.fileSplits(path, Self.hasTFRecordName) { try TFRecordReader($0, wanted: $1) }
            }
    }

    /// The names of the splits; empty where the dataset is not divided.
    public var splitNames: [String] { splits.compactMap(\.name) }

    /// A reader of the split with the given name, or of a dataset that is not divided, for the chosen columns or for
    /// those that the format gives unasked.
    ///
    /// - Throws: `FormatError` if there is no such split or column, or if it can't be read.
    public func reader(split name: String? = nil, columns: [ColumnChoice]? = nil) throws -> any SampleReader {
        let reader = try split(name).open(columns?.map(\.source))
        let chosen = columns ?? reader.columns.filter { !$0.isOptional }.map { ColumnChoice($0.name) }
        return try SelectedColumns(reader, chosen, path: path)
    }

    /// A reader of all columns of the split, also of those that are given only on request.
    ///
    /// - Throws: `FormatError` if there is no such split, or if it can't be read.
    package func unselectedReader(split name: String? = nil) throws -> any SampleReader { try split(name).open(nil) }

    private func split(_ name: String?) throws -> Split {
        if let split = splits.first(where: { $0.name == name }) { return split }
        let known = splitNames.isEmpty ? "it is not divided" : "it has \(splitNames.joined(separator: ", "))"
        throw FormatError(.missing, "'\(path)' has no split '\(name ?? "")'; \(known).")
    }
}
