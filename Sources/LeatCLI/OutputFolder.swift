import ArgumentParser
import Leat

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif
#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The folder that a dataset is made in: everything is written to a hidden folder within it and moved at the end.
///
/// So a failure leaves what was there as it was, and nothing half-written under a name that readers look for. What a
/// process that was killed has left behind is gone on with, if it was making the same.
struct OutputFolder: ~Copyable {
    let path: String
    /// Where to write.
    let stagingPath: String

    private let isNew: Bool
    private let lock: FolderLock

    private static let stagingPrefix = ".leat-pack-"
    private static let retiredName = "retired"
    /// A file that says what is being made.
    private static let taskName = "task"

    /// A folder that is new or empty, or that may be replaced; `task` says what is made in it, in every detail.
    ///
    /// - Throws: `FormatError` if it holds something and `isReplaced` is false, if another process makes a dataset in it, or
    ///   if it can't be made.
    init(_ path: String, isReplaced: Bool, task: String) throws {
        let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let isNew = !FileManager.default.fileExists(atPath: path)
        let stagingPath = "\(path)/\(Self.stagingPrefix)\(ProcessInfo.processInfo.processIdentifier)"
        let lock = try Self.made(path)
        try withExtendedLifetime(lock) {
            do { try Self.stage(stagingPath, in: path, isReplaced: isReplaced, task: task) } catch {
                // What others have left behind stays for a run that can go on with it.
                if isNew { rmdir(path) }
                throw error as? FormatError ?? Self.unwritable(path)
            }
        }
        self.path = path
        self.stagingPath = stagingPath
        self.isNew = isNew
        self.lock = lock
    }

    /// Makes a staging folder, or takes over one that was left behind.
    private static func stage(_ stagingPath: String, in path: String, isReplaced: Bool, task: String) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        var adopted: String?
        for name in names where isLeftBehind(name) {
            let left = "\(path)/\(name)"
            if adopted == nil, Self.task(of: left) == task { adopted = left } else { remove(left) }
        }
        if !isReplaced, let name = names.sorted().first(where: { !$0.hasPrefix(stagingPrefix) }) {
            throw FormatError(
                .unwritable, "'\(path)' is not empty: it has '\(name)'; --force replaces a dataset that is there.")
        }
        if let adopted {
            if adopted != stagingPath { try FileManager.default.moveItem(atPath: adopted, toPath: stagingPath) }
            return
        }
        try FileManager.default.createDirectory(atPath: stagingPath, withIntermediateDirectories: false)
        do { try Data(task.utf8).write(to: URL(fileURLWithPath: "\(stagingPath)/\(taskName)")) } catch {
            remove(stagingPath)
            throw error
        }
    }

    /// Makes a folder if it is missing, and keeps others from writing to it.
    private static func made(_ path: String) throws -> FolderLock {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return try FolderLock(path)
        } catch let error as ShardError {
            throw FormatError(.unwritable, "'\(path)' \(error.message)")
        } catch {
            throw unwritable(path)
        }
    }

    private static func unwritable(_ path: String) -> FormatError {
        FormatError(.unwritable, "'\(path)' can't be made or written to.")
    }

    deinit { Self.clear(path, stagingPath, isNew: isNew) }

    private static func clear(_ path: String, _ stagingPath: String, isNew: Bool) {
        remove(stagingPath)
        // A folder that was made for nothing goes, too.
        if isNew { rmdir(path) }
    }

    /// Takes away the dataset that was there, files of others left alone, and moves the new one into its place.
    ///
    /// The old one is kept until the new one is in its place, and comes back if that fails.
    func commit() throws {
        let manager = FileManager.default
        let retired = "\(stagingPath)/\(Self.retiredName)"
        var journal = MoveJournal()
        do {
            let old = try DatasetFolder(path).parts.map(\.path)
            try manager.createDirectory(atPath: retired, withIntermediateDirectories: false)
            for (number, part) in old.enumerated() {
                for name in try manager.contentsOfDirectory(atPath: part) where Self.isOfDataset(name) {
                    try journal.move("\(part)/\(name)", to: "\(retired)/\(number).\(name)")
                }
            }
            for name in try Self.names(in: stagingPath) where ![Self.retiredName, Self.taskName].contains(name) {
                try Self.place("\(stagingPath)/\(name)", at: "\(path)/\(name)", &journal)
            }
            for part in old where part != path {
                if try manager.contentsOfDirectory(atPath: part).isEmpty { Self.remove(part) }
            }
        } catch {
            journal.rollBack()
            throw FormatError(
                .unwritable,
                "The dataset can't be moved to '\(path)', which is as it was: \(Self.reason(error)).")
        }
    }

    private static func reason(_ error: any Error) -> String {
        ((error as? CocoaError)?.underlying as? POSIXError).map { POSIX.message($0.code.rawValue) } ?? "\(error)"
    }

    private static func place(_ source: String, at target: String, _ journal: inout MoveJournal) throws {
        guard Folder.exists(target) else {
            return try journal.move(source, to: target)
        }
        for name in try names(in: source) { try journal.move("\(source)/\(name)", to: "\(target)/\(name)") }
    }

    /// What was being made in a staging folder; nil if that can't be told.
    private static func task(of folder: String) -> String? {
        (try? Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(taskName)"))).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private static func isOfDataset(_ name: String) -> Bool {
        name == ShardIndex.fileName || name.hasPrefix("shard.")
    }

    /// Whether a name is a staging folder's whose process has gone; one of this process' number is a forerunner's, because
    /// the lock lets nobody else here write.
    private static func isLeftBehind(_ name: String) -> Bool {
        guard name.hasPrefix(stagingPrefix), let process = Int32(name.dropFirst(stagingPrefix.count)) else {
            return false
        }
        return process == getpid() || (kill(process, 0) == -1 && errno == ESRCH)
    }

    /// The names in a folder, the index last: what has an index is complete.
    private static func names(in folder: String) throws -> [String] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return names.filter { $0 != ShardIndex.fileName } + names.filter { $0 == ShardIndex.fileName }
    }

    private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
