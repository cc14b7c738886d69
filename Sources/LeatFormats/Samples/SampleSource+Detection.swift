extension SampleSource {
    /// The format that the name and the first bytes speak for.
    static func detectFormat(of path: String) throws -> Format {
        if Folder.exists(path) { return try detectFormat(ofFolder: path) }
        let name = path.lowercased()
        let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
        if plain.hasSuffix(".csv") || plain.hasSuffix(".tsv") { return .csv }
        let source = try openSource(path)
        let magic = try source.prefix(6)
        if magic.starts(with: [0x50, 0x4B]) { return .npz }
        if magic == [0x93] + Array("NUMPY".utf8) { return .npy }
        if plain.hasSuffix(".npz") { return .npz }
        if plain.hasSuffix(".npy") { return .npy }
        if plain.hasSuffix("-ubyte") || plain.hasSuffix(".idx") { return .idx }
        if plain.hasSuffix(".bin"), let size = source.byteCount, size % CIFAR10.recordByteCount == 0 { return .cifar10 }
        if magic.starts(with: [0, 0]), magic.count > 3, (0x08...0x0E).contains(magic[2]) { return .idx }
        throw FormatError(
            .wrongFormat,
            "'\(path)' is of no known format: known are .npz, .npy, IDX, CIFAR-10's .bin, .csv, and folders of images.")
    }

    private static func detectFormat(ofFolder path: String) throws -> Format {
        let entries = try Folder.entries(of: path)
        if entries.contains(where: { IDXName($0.name)?.isImages == true }) { return .idx }
        if entries.contains(where: { $0.name.contains("_batch") && $0.name.hasSuffix(".bin") }) { return .cifar10 }
        if entries.contains(where: \.isFolder) { return .images }
        throw FormatError(
            .wrongFormat,
            "The folder '\(path)' is of no known format: it has neither IDX files (…-images-idx3-ubyte), nor CIFAR-10's "
                + "data_batch files, nor a subfolder of images for each class.")
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
