import Foundation

/// The inputs that are kept for the fuzz tests, in `Tests/Corpus`.
public enum Corpus {
    /// One input.
    public struct Seed: Sendable, CustomStringConvertible {
        /// The file, without the folders that say what kind it is.
        public let name: String
        public let bytes: [UInt8]
        /// Whether it must be read; if not, it must be refused.
        public let isValid: Bool

        public var description: String { (isValid ? "valid " : "malformed ") + name }
    }

    /// The valid and the malformed inputs of a kind, in the order of their names.
    public static func seeds(_ kind: String) throws -> [Seed] {
        try ["valid", "malformed"].flatMap { validity in
            try names(in: "\(kind)/\(validity)").map { name in
                Seed(name: name, bytes: try bytes("\(kind)/\(validity)/\(name)"), isValid: validity == "valid")
            }
        }
    }

    /// The names in a folder of the corpus, sorted.
    public static func names(in path: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: path).path).sorted()
    }

    /// The bytes of a file of the corpus.
    public static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: path)))
    }

    private static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Corpus")
    }
}
