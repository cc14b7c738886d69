import LeatCore

/// Reads a folder that has a subfolder of JPEG and PNG files for each class.
///
/// Classes are numbered in the order of their names, as in PyTorch's `ImageFolder`; within a class, files follow in the
/// order of their paths. The files' bytes are kept as they are.
public final class ImageFolderReader: SampleReader {
    struct Item {
        var path: String
        var label: Int64
    }

    /// The classes' names; a label is the position in this list.
    public let classNames: [String]
    /// `image` and `label`, and on request `class` (the class' name) and `path` (within the folder).
    public let columns: [ColumnDescription]

    private let root: String
    private var items: ArraySlice<Item>

    /// A reader of the folder at the path.
    ///
    /// - Throws: `FormatError` if there is no class or no image, or if an image is neither JPEG nor PNG.
    public init(_ path: String) throws {
        root = path
        let items: [Item]
        (classNames, items) = try Self.list(path)
        let kinds = Set(try items.map { try Self.kind(of: try FileSource($0.path)) })
        let kind = kinds.count == 1 ? kinds.first ?? .bytes : .bytes
        self.items = items[...]
        count = items.count
        columns = [
            ColumnDescription("image", kind), ColumnDescription("label", .numbers(.int64, [])),
            ColumnDescription("class", .text, isOptional: true), ColumnDescription("path", .text, isOptional: true),
        ]
    }

    /// The number of images.
    public let count: Int?

    /// The next `limit` images; fewer where the folder ends.
    ///
    /// - Throws: `FormatError` if a file can't be read.
    public func read(_ limit: Int) throws -> [Column] {
        let block = items.prefix(limit)
        items = items.dropFirst(block.count)
        let images = try block.map { item in
            let file = try FileSource(item.path)
            return try file.prefix(file.size)
        }
        return [
            .bytes(images), .numbers(Tensor(block.map(\.label))), .text(block.map { classNames[Int($0.label)] }),
            .text(block.map { String($0.path.dropFirst(root.count + 1)) }),
        ]
    }

    /// The classes' names, and the images in the order of classes and paths.
    static func list(_ path: String) throws -> (classNames: [String], items: [Item]) {
        let classNames = try Folder.entries(of: path).filter(\.isFolder).map(\.name)
        var items: [Item] = []
        for (label, name) in classNames.enumerated() {
            try Folder.walk("\(path)/\(name)") { file in
                if hasImageName(file) { items.append(Item(path: file, label: Int64(label))) }
            }
        }
        guard !items.isEmpty else {
            throw FormatError(.wrongFormat, "'\(path)' has no subfolders with JPEG or PNG files, one a class.")
        }
        return (classNames, items)
    }

    private static func hasImageName(_ path: String) -> Bool {
        let name = path.lowercased()
        return [".jpg", ".jpeg", ".png"].contains { name.hasSuffix($0) }
    }

    private static func kind(of file: FileSource) throws -> ColumnKind {
        switch ImageKind(try file.prefix(8)) {
        case .jpeg: return .jpeg
        case .png: return .png
        case nil:
            throw FormatError(.wrongFormat, "\(file.name) is neither a JPEG nor a PNG file, whatever its name says.")
        }
    }
}
