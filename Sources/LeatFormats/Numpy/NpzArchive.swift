public import LeatCore

/// An `.npz` file: NumPy's archive of named arrays, each read when it is asked for.
public final class NpzArchive {
    /// The path of the file.
    public let path: String
    /// The arrays' names, in the archive's order.
    public let names: [String]

    private let archive: ZipArchive
    private let entryNames: [String: String]

    /// Opens the file at the path.
    ///
    /// - Throws: `FormatError` if it can't be read or is no zip file.
    public init(_ path: String) throws {
        self.path = path
        archive = try ZipArchive(path)
        let entries = archive.entryNames.filter { !$0.hasSuffix("/") }.map { entry in
            (entry.hasSuffix(".npy") ? String(entry.dropLast(4)) : entry, entry)
        }
        names = entries.map(\.0)
        entryNames = Dictionary(entries) { first, _ in first }
    }

    /// The numbers of the array with the given name.
    ///
    /// - Throws: `FormatError` if there is none, it is damaged, or holds something other than numbers.
    public func tensor(_ name: String) throws -> Tensor { try Npy.tensor(in: try open(name)) }

    /// The texts of the array with the given name.
    ///
    /// - Throws: `FormatError` if there is none, it is damaged, or holds something other than texts.
    public func texts(_ name: String) throws -> [String] { try Npy.texts(in: try open(name)) }

    /// A reader of the array with the given name; any number of them may read at the same time.
    ///
    /// - Throws: `FormatError` if there is none, or its header is damaged or of objects.
    public func reader(_ name: String) throws -> any ColumnReader { try Npy.reader(of: try open(name)) }

    private func open(_ name: String) throws -> any ByteSource {
        guard let entry = entryNames[name] else {
            throw FormatError(
                .missing, "'\(path)' has no array '\(name)'; it has \(names.sorted().joined(separator: ", ")).")
        }
        return try archive.open(entry)
    }
}
