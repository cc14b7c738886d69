import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What tells whether a file or folder is the one that was read before: names, sizes and times of change.
struct SourceIdentity {
    let text: String

    init(_ path: String) {
        let manager = FileManager.default
        func line(_ name: String) -> String {
            let attributes = try? manager.attributesOfItem(atPath: name)
            let size = (attributes?[.size] as? Int) ?? -1
            let time = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            return "\(name) \(size) \(time)"
        }
        let root = URL(fileURLWithPath: path).standardizedFileURL.path
        let names = (try? manager.subpathsOfDirectory(atPath: root).sorted()) ?? []
        let content = ([line(root)] + names.map { line("\(root)/\($0)") }).joined(separator: "\n")
        text = "\(root) \(Array(content.utf8).withUnsafeBytes { ShardHash.xxh64.digest(of: $0) })"
    }
}
