public import LeatCore
public import LeatPipeline

/// Uncompressed TFRecord files of `tf.train.Example` whose samples are read by number.
///
/// The files' lengths are walked through once to learn where every record is; records are read, and their checksums
/// checked, when they are asked for. Lists of numbers are vectors, or arrays of the shape given for them; lists of one
/// byte string are bytes.
public struct TFRecordDataset: SampleSequence {
    private let files: RecordFiles
    private let shapes: [String: Shape]
    private let offsets: [Int]
    private let lengths: [UInt32]
    /// The number of the first record in each file, and the number of all.
    private let firsts: [Int]

    /// The file at the path, those of a folder, or of a pattern such as `train-{000..099}.tfrecord`.
    ///
    /// - Parameters:
    ///   - path: The file, folder or pattern.
    ///   - shapes: The shapes of features; `[]` makes a number of a list of one.
    /// - Throws: `FormatError` if there is none, or one is compressed, can't be read or is damaged.
    public init(_ path: String, shapes: [String: Shape] = [:]) throws {
        try self.init(FileList.files(path, SampleSource.hasTFRecordName), shapes: shapes)
    }

    /// The files at the paths, one after another.
    ///
    /// - Throws: `FormatError` if one is compressed, can't be read or is damaged.
    public init(_ paths: [String], shapes: [String: Shape] = [:]) throws {
        var offsets: [Int] = []
        var lengths: [UInt32] = []
        var firsts: [Int] = []
        for path in paths {
            firsts.append(offsets.count)
            guard let file = try openSource(path) as? FileSource else {
                throw FormatError(
                    .unsupported, "'\(path)' is compressed, so that its records can't be read by number; stream it.")
            }
            var parser = TFRecordParser(file)
            while let record = try parser.skip() {
                offsets.append(record.offset)
                lengths.append(UInt32(record.length))
            }
        }
        files = RecordFiles(paths)
        self.shapes = shapes
        self.offsets = offsets
        self.lengths = lengths
        self.firsts = firsts + [offsets.count]
    }

    /// The number of records.
    public var count: Int { offsets.count }

    /// The content of a record.
    ///
    /// - Throws: `FormatError` if there is no such record, or the file can't be read or is damaged.
    public func record(at number: Int) throws -> [UInt8] {
        guard offsets.indices.contains(number) else {
            throw FormatError(.missing, "There is no record \(number) in TFRecord files of \(count).")
        }
        let file = firsts.positionOfRun(containing: number)
        let length = Int(lengths[number])
        var bytes = try files.bytes(ofFile: file, at: offsets[number], length + TFRecordParser.tailByteCount)
        let tail = Array(bytes.suffix(TFRecordParser.tailByteCount))
        bytes.removeLast(TFRecordParser.tailByteCount)
        try TFRecordParser.check(bytes, tail, name: "record \(number - firsts[file]) of '\(files.paths[file])'")
        return bytes
    }

    /// The file, and the record's number in it.
    public func place(of number: Int) -> SamplePlace { files.place(of: number, firsts: firsts) }

    /// The samples with the given numbers.
    ///
    /// - Throws: `FormatError` if there is no such record, a file can't be read or is damaged, or a list doesn't have its
    ///   shape's number of elements.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        try numbers.map { number in
            let bytes = try record(at: number)
            let place = place(of: number)
            let title = "Record \(place.sample) of '\(place.file ?? "")'"
            var sample = try TFExample(bytes, name: title).sample()
            for (name, shape) in shapes {
                guard case .tensor(let tensor)? = sample[name] else { continue }
                guard shape.checkedCount == tensor.count else {
                    throw FormatError(
                        .corrupt,
                        "\(title) has \(tensor.count) elements in its feature '\(name)', not \(shape).")
                }
                sample[name] = .tensor(try tensor.reshaped(to: shape))
            }
            return sample
        }
    }
}
