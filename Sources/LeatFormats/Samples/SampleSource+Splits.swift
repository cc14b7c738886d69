import LeatCore

extension SampleSource {
    static func npzSplits(_ path: String) throws -> [Split] {
        let names = try NpzArchive(path).names
        let suffixes = ["_train", "_test"]
        let parted = suffixes.map { suffix in names.filter { $0.hasSuffix(suffix) } }
        guard parted.allSatisfy({ !$0.isEmpty }), parted.joined().count == names.count else {
            return [Split { wanted in try npzReader(path, suffix: "", wanted) }]
        }
        return suffixes.map { suffix in
            Split(String(suffix.dropFirst())) { wanted in try npzReader(path, suffix: suffix, wanted) }
        }
    }

    /// A reader of the arrays whose names end in the suffix, which is left out of the columns' names.
    private static func npzReader(_ path: String, suffix: String, _ wanted: [String]?) throws -> any SampleReader {
        let archive = try NpzArchive(path)
        let names = archive.names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
        let known = Set(names)
        let helpers = Set(known.flatMap { ["\($0)_offsets", "\($0)_shapes"] })
        // What isn't asked for isn't opened: it may hold objects, or be of another length.
        let readers = try names.filter { wanted?.contains($0) ?? !helpers.contains($0) }.map { name in
            let reader = try archive.reader(name + suffix)
            guard known.contains("\(name)_offsets"), let values = reader as? ArrayReader else { return (name, reader) }
            let shapes = known.contains("\(name)_shapes") ? try archive.tensor("\(name)_shapes\(suffix)") : nil
            let offsets = try archive.tensor("\(name)_offsets\(suffix)")
            return (name, try RaggedReader(name: "'\(name)' in '\(path)'", values, offsets: offsets, shapes: shapes))
        }
        if let wanted, let missing = wanted.first(where: { !known.contains($0) }) {
            throw FormatError(
                .missing, "'\(path)' has no column '\(missing)'; it has \(names.joined(separator: ", ")).")
        }
        return try ArraysReader(readers, path: path)
    }

    static func idxSplits(_ path: String) throws -> [Split] {
        guard Folder.exists(path) else {
            let (folder, name) = split(path)
            guard let idx = IDXName(name) else {
                return [Split { _ in try ArraysReader([("x", try IDX.reader(path))], path: path) }]
            }
            guard idx.isImages else {
                return [Split { _ in try ArraysReader([("label", try IDX.reader(path))], path: path) }]
            }
            return [Split { _ in try idxPair(folder, name, idx) }]
        }
        let images = try Folder.entries(of: path).compactMap { entry in
            IDXName(entry.name).flatMap { $0.isImages ? (entry.name, $0) : nil }
        }
        let splits = images.map { name, idx in
            Split(images.count > 1 ? idx.split : nil) { _ in try idxPair(path + "/", name, idx) }
        }
        guard !splits.isEmpty, Set(splits.map(\.name)).count == splits.count else {
            throw FormatError(.wrongFormat, "'\(path)' should have one file of images (…-images-idx3-ubyte) a split.")
        }
        return splits.sorted { ($0.name ?? "") > ($1.name ?? "") }
    }

    private static func idxPair(_ folder: String, _ name: String, _ idx: IDXName) throws -> any SampleReader {
        var readers: [(String, any ColumnReader)] = [("image", try IDX.reader(folder + name))]
        if let labels = idx.labelNames.map({ folder + $0 }).first(where: Folder.hasFile) {
            readers.append(("label", try IDX.reader(labels)))
        }
        return try ArraysReader(readers, path: folder + name)
    }

    static func cifarSplits(_ path: String) throws -> [Split] {
        guard Folder.exists(path) else { return [Split { _ in try CIFAR10Reader([path]) }] }
        let files = try Folder.entries(of: path).map(\.name).filter { $0.hasSuffix(".bin") }
        let parts = [("train", "data_batch"), ("test", "test_batch")].map { split, prefix in
            (split, files.filter { $0.hasPrefix(prefix) }.map { "\(path)/\($0)" })
        }.filter { !$0.1.isEmpty }
        guard !parts.isEmpty else { throw FormatError(.wrongFormat, "'\(path)' has no files of CIFAR-10.") }
        return parts.map { name, files in Split(parts.count > 1 ? name : nil) { _ in try CIFAR10Reader(files) } }
    }

    static func imageSplits(_ path: String) throws -> [Split] {
        let names = try Folder.entries(of: path).filter(\.isFolder).map(\.name)
        let known = ["train", "val", "valid", "validation", "test"]
        guard !names.isEmpty, names.allSatisfy({ known.contains($0.lowercased()) }) else {
            return [Split { _ in try ImageFolderReader(path) }]
        }
        return known.compactMap { split in names.first { $0.lowercased() == split } }.map { name in
            Split(name) { _ in try ImageFolderReader("\(path)/\(name)") }
        }
    }

    /// The files that a path stands for, in splits where their names say so.
    static func fileSplits(
        _ path: String, _ isWanted: (String) -> Bool,
        _ open: @escaping @Sendable (_ files: [String], _ wanted: [String]?) throws -> any SampleReader
    ) throws -> [Split] {
        let files = try FileList.files(path, isWanted)
        guard let splits = FileList.splits(files) else { return [Split { wanted in try open(files, wanted) }] }
        return splits.map { name, files in Split(name) { wanted in try open(files, wanted) } }
    }

    /// The folder of a path with its slash, and the name within it.
    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return ("", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }
}
