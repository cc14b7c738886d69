import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A folder of shards, or of one folder of shards a split.
struct DatasetFolder {
    /// One dataset and the name of its split, if it is one of several.
    struct Part {
        var split: String?
        var path: String
    }

    var parts: [Part]

    /// What is in the folder: its own index, or those of the folders in it.
    ///
    /// - Throws: `ShardError` if there is neither.
    init(_ path: String) throws {
        parts = [Part(path: path)]
        guard !Self.hasIndex(path) else { return }
        let splits = Self.splits(path)
        if !splits.isEmpty { parts = splits.map { Part(split: $0, path: "\(path)/\($0)") } }
        // Without any index, opening the folder itself says what is missing.
    }

    /// Whether there are shards in the folder, or in folders in it.
    static func isDataset(_ path: String) -> Bool { hasIndex(path) || !splits(path).isEmpty }

    private static func splits(_ path: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.sorted().filter { !$0.hasPrefix(".") && hasIndex("\(path)/\($0)") }
    }

    private static func hasIndex(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/\(ShardIndex.fileName)")
    }
}
