extension SampleSource {
    /// The format that the name and the first bytes speak for.
    static func detectFormat(of path: String) throws -> Format {
        if Folder.exists(path) { return try detectFormat(ofFolder: path) }
        if !Folder.hasFile(path), path.contains("{"), let format = formatOfFiles(named: path) { return format }
        let name = path.lowercased()
        let plain = String(name.dropLast(compressionSuffix(name).count))
        if plain.hasSuffix(".csv") || plain.hasSuffix(".tsv") { return .csv }
        if let format = formatOfFiles(named: name) { return format }
        let source = try openSource(path)
        let magic = try source.prefix(TarHeader.blockByteCount)
        if magic.starts(with: [0x89] + Array("HDF\r\n\u{1A}\n".utf8)) { return .hdf5 }
        if magic.starts(with: [0x50, 0x4B]) { return .npz }
        if magic.starts(with: [0x93] + Array("NUMPY".utf8)) { return .npy }
        if plain.hasSuffix(".npz") { return .npz }
        if plain.hasSuffix(".npy") { return .npy }
        if plain.hasSuffix("-ubyte") || plain.hasSuffix(".idx") { return .idx }
        if plain.hasSuffix(".bin"), let size = source.byteCount, size % CIFAR10.recordByteCount == 0 { return .cifar10 }
        if magic.starts(with: [0, 0]), magic.count > 3, (0x08...0x0E).contains(magic[2]) { return .idx }
        if magic.dropFirst(257).starts(with: "ustar".utf8) { return .tar }
        if TFRecordParser.length(Array(magic.prefix(TFRecordParser.headByteCount))) != nil { return .tfrecord }
        throw FormatError(
            .wrongFormat,
            "'\(path)' is of no known format: known are .npz, .npy, HDF5, IDX, CIFAR-10's .bin, .csv, .jsonl, .txt, .tar, "
                + ".tfrecord, and folders of images.")
    }

    /// The format of files that come in numbers, by the name of one.
    private static func formatOfFiles(named name: String) -> Format? {
        if hasTarName(name) { return .tar }
        if hasTFRecordName(name) { return .tfrecord }
        if hasJSONLinesName(name) { return .jsonl }
        return hasTextName(name) ? .lines : nil
    }

    static func hasTarName(_ name: String) -> Bool {
        name.lowercased().hasSuffix(".tgz") || hasSuffix([".tar"], name)
    }
    static func hasTFRecordName(_ name: String) -> Bool {
        // Parts of a set are called `….tfrecord-00000-of-00010`.
        let name = name.lowercased()
        let plain = name.firstRange(of: ".tfrecord-").map { String(name[..<$0.upperBound].dropLast()) } ?? name
        return hasSuffix([".tfrecord", ".tfrecords", ".tfrec"], plain)
    }
    static func hasJSONLinesName(_ name: String) -> Bool { hasSuffix([".jsonl", ".ndjson", ".jsonlines"], name) }
    static func hasTextName(_ name: String) -> Bool { hasSuffix([".txt"], name) }

    private static func hasSuffix(_ suffixes: [String], _ name: String) -> Bool {
        let name = name.lowercased()
        return suffixes.contains { name.hasSuffix($0 + compressionSuffix(name)) }
    }

    /// The end of a name, in small letters, that says how the file is compressed.
    private static func compressionSuffix(_ name: String) -> String {
        [".gz", ".zst", ".zstd"].first { name.hasSuffix($0) } ?? ""
    }

    /// What files are called that each are a source of their own.
    private static let singleFileSuffixes = [".npz", ".npy", ".h5", ".hdf5", ".csv", ".tsv", ".csv.gz", ".tsv.gz"]

    private static func detectFormat(ofFolder path: String) throws -> Format {
        let entries = try Folder.entries(of: path)
        if entries.contains(where: { IDXName($0.name)?.isImages == true }) { return .idx }
        if entries.contains(where: { $0.name.contains("_batch") && $0.name.hasSuffix(".bin") }) { return .cifar10 }
        if entries.contains(where: \.isFolder) { return .images }
        // A note beside the data is no data.
        let formats = Set(entries.compactMap { formatOfFiles(named: $0.name) }).subtracting([.lines])
        let others = entries.filter { entry in
            Self.singleFileSuffixes.contains { entry.name.lowercased().hasSuffix($0) }
        }
        if formats.count == 1, let format = formats.first, others.isEmpty { return format }
        if !formats.isEmpty {
            throw FormatError(
                .wrongFormat,
                "The folder '\(path)' has files of several formats\(others.first.map { ", '\($0.name)' for one" } ?? ""): "
                    + "name a file, or a folder of files of one.")
        }
        throw FormatError(
            .wrongFormat,
            "The folder '\(path)' is of no known format: it has neither IDX files (…-images-idx3-ubyte), nor CIFAR-10's "
                + "data_batch files, nor tar, TFRecord or JSON lines files, nor a subfolder of images for each class.")
    }
}

/// The parts of an IDX file's conventional name, such as `train-images-idx3-ubyte.gz`.
struct IDXName {
    /// What stands before `images` or `labels`, `train` for one.
    var prefix: String
    var isImages: Bool
    private var full: String

    init?(_ name: String) {
        guard name.contains("ubyte") || name.contains("idx") else { return nil }
        for (word, isImages) in [("images", true), ("labels", false)] {
            guard let range = name.firstRange(of: word) else { continue }
            let before = name[..<range.lowerBound]
            prefix = String(before.last == "-" || before.last == "_" || before.last == "." ? before.dropLast() : before)
            self.isImages = isImages
            full = name
            return
        }
        return nil
    }

    /// The names that the labels beside this file of images may have.
    var labelNames: [String] {
        let name = full.replacing("images", with: "labels", maxReplacements: 1)
            .replacing("idx3", with: "idx1", maxReplacements: 1)
        return name.hasSuffix(".gz") ? [name, String(name.dropLast(3))] : [name, name + ".gz"]
    }

    /// The name of the split: the prefix, but `test` for `t10k`.
    var split: String { prefix.replacing("t10k", with: "test") }
}
