import ArgumentParser
import Foundation
import Leat

/// The folder that a dataset is made in: everything is written to a hidden folder within it and moved at the end.
///
/// So a failure leaves what was there as it was, and nothing half-written under a name that readers look for.
struct OutputFolder: ~Copyable {
    let path: String
    /// Where to write.
    let stagingPath: String

    private let isNew: Bool

    private static let stagingPrefix = ".leat-pack-"

    /// A folder that is new or empty, or that may be replaced.
    ///
    /// - Throws: `FormatError` if it holds something and `isReplaced` is false, or if it can't be made.
    init(_ path: String, isReplaced: Bool) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = path
        isNew = !FileManager.default.fileExists(atPath: path)
        stagingPath = "\(path)/\(Self.stagingPrefix)\(ProcessInfo.processInfo.processIdentifier)"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            // Left by a run that was killed.
            for name in names where name.hasPrefix(Self.stagingPrefix) { Self.remove("\(path)/\(name)") }
            if !isReplaced, let name = names.sorted().first(where: { !$0.hasPrefix(Self.stagingPrefix) }) {
                throw FormatError(
                    .unwritable, "'\(path)' is not empty: it has '\(name)'; --force replaces a dataset that is there.")
            }
            try FileManager.default.createDirectory(atPath: stagingPath, withIntermediateDirectories: false)
        } catch let error as FormatError {
            throw error
        } catch {
            throw FormatError(.unwritable, "'\(path)' can't be made or written to.")
        }
    }

    deinit {
        Self.remove(stagingPath)
        // A folder that was made for nothing goes, too.
        if isNew, (try? FileManager.default.contentsOfDirectory(atPath: path))?.isEmpty == true { Self.remove(path) }
    }

    /// Takes away the dataset that was there, files of others left alone, and moves the new one into its place.
    func commit() throws {
        do {
            for part in try DatasetFolder(path).parts { try Self.removeDataset(part.path) }
            for name in try Self.names(in: stagingPath) {
                try Self.move("\(stagingPath)/\(name)", to: "\(path)/\(name)")
            }
        } catch {
            throw FormatError(.unwritable, "The dataset can't be moved to '\(path)': \(error.localizedDescription)")
        }
    }

    private static func move(_ source: String, to target: String) throws {
        let manager = FileManager.default
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: target, isDirectory: &isFolder), isFolder.boolValue else {
            return try manager.moveItem(atPath: source, toPath: target)
        }
        for name in try names(in: source) {
            try manager.moveItem(atPath: "\(source)/\(name)", toPath: "\(target)/\(name)")
        }
    }

    private static func removeDataset(_ path: String) throws {
        let manager = FileManager.default
        for name in (try? manager.contentsOfDirectory(atPath: path)) ?? []
        where name == ShardIndex.fileName || name.hasPrefix("shard.") {
            try manager.removeItem(atPath: "\(path)/\(name)")
        }
        if try manager.contentsOfDirectory(atPath: path).isEmpty { try manager.removeItem(atPath: path) }
    }

    /// The names in a folder, the index last: what has an index is complete.
    private static func names(in folder: String) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return names.filter { $0 != ShardIndex.fileName } + names.filter { $0 == ShardIndex.fileName }
    }

    private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
