public import LeatCore

/// NumPy's `.npz` files read and written at once; `NpzArchive` and `NpzWriter` take them an array at a time.
public enum Npz {
    /// All arrays in the file at the path by name; fails if one of them doesn't hold numbers.
    ///
    /// - Throws: `FormatError` if the file can't be read, is damaged, or holds something other than numbers.
    public static func read(_ path: String) throws -> [String: Tensor] {
        let archive = try NpzArchive(path)
        var tensors: [String: Tensor] = [:]
        for name in archive.names { tensors[name] = try archive.tensor(name) }
        return tensors
    }

    /// Writes the tensors under their names, replacing the file at the path.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public static func write(
        _ tensors: KeyValuePairs<String, Tensor>, to path: String, compressed: Bool = false
    ) throws {
        try write(tensors.map { ($0.key, $0.value) }, to: path, compressed: compressed)
    }

    /// Writes the tensors under their names, in the names' order, replacing the file at the path.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public static func write(_ tensors: [String: Tensor], to path: String, compressed: Bool = false) throws {
        try write(tensors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, to: path, compressed: compressed)
    }

    private static func write(_ tensors: [(String, Tensor)], to path: String, compressed: Bool) throws {
        let writer = try NpzWriter(path, compressed: compressed)
        for (name, tensor) in tensors { try writer.add(name, tensor) }
        try writer.close()
    }
}
