import LeatPipeline

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a folder holds, in the order of the names' UTF-8 bytes, so that it is the same everywhere.
package enum Folder {
    struct Entry {
        var name: String
        var isFolder: Bool
    }

    /// Whether the path is a folder.
    package static func exists(_ path: String) -> Bool { POSIX.isFolder(path) }

    /// Whether the path is there and no folder.
    static func hasFile(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) && !exists(path) }

    /// The entries of a folder; hidden ones are left out.
    static func entries(of path: String) throws -> [Entry] {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw FormatError(.unreadable, "The folder '\(path)' can't be read.")
        }
        return names.filter { !$0.hasPrefix(".") }
            .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            .map { Entry(name: $0, isFolder: exists("\(path)/\($0)")) }
    }

    /// Calls `body` with the path of every file below a folder.
    static func walk(_ path: String, depth: Int = 0, _ body: (String) throws -> Void) throws {
        guard depth < 32 else { throw FormatError(.unreadable, "The folders in '\(path)' are nested too deeply.") }
        for entry in try entries(of: path) {
            let inner = "\(path)/\(entry.name)"
            if entry.isFolder {
                try walk(inner, depth: depth + 1, body)
            } else {
                try body(inner)
            }
        }
    }
}
