#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files that one path stands for: itself, those of a folder, or those of a pattern such as `a-{000..099}.tar`.
enum FileList {
    /// The files for the path; of a folder, those whose names the closure says yes to.
    ///
    /// - Throws: `FormatError` if there are none.
    static func files(_ path: String, _ isWanted: (String) -> Bool) throws -> [String] {
        if Folder.exists(path) {
            let names = try Folder.entries(of: path).filter { !$0.isFolder && isWanted($0.name) }.map(\.name)
            guard !names.isEmpty else { throw FormatError(.missing, "'\(path)' has no files of this format.") }
            return names.map { "\(path)/\($0)" }
        }
        return Folder.hasFile(path) ? [path] : try expanded(path)
    }

    /// The texts that a pattern with braces stands for, as in a shell: `{a,b}`, and numbers `{08..11}` with their width.
    ///
    /// - Throws: `FormatError` if there are more than a million.
    static func expanded(_ pattern: String) throws -> [String] {
        guard let open = pattern.firstIndex(of: "{"),
            let close = pattern[open...].firstIndex(of: "}")
        else { return [pattern] }
        let inner = pattern[pattern.index(after: open)..<close]
        let choices =
            try numbers(inner, pattern)
            ?? inner.split(separator: ",", omittingEmptySubsequences: false)
            .map(String.init)
        let rests = try expanded(String(pattern[pattern.index(after: close)...]))
        guard choices.count.multipliedReportingOverflow(by: rests.count).partialValue <= 1 << 20 else {
            throw tooMany(pattern)
        }
        return choices.flatMap { choice in rests.map { "\(pattern[..<open])\(choice)\($0)" } }
    }

    private static func numbers(_ range: Substring, _ pattern: String) throws -> [String]? {
        let ends = range.split(separator: "..", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, first <= last else {
            return nil
        }
        guard last - first < 1 << 20 else { throw tooMany(pattern) }
        let width = ends[0].hasPrefix("0") ? ends[0].count : 0
        return (first...last).map { number in
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
    }

    private static func tooMany(_ pattern: String) -> FormatError {
        FormatError(.invalidArgument, "'\(pattern)' stands for more than a million files.")
    }

    /// The files of each split, where all of them begin with the name of one (`train-000.tar`, `test-000.tar`).
    static func splits(_ files: [String]) -> [(name: String, files: [String])]? {
        let known = ["train", "validation", "valid", "val", "test"]
        let names = files.map { file -> String? in
            let name = file[(file.lastIndex(of: "/").map { file.index(after: $0) } ?? file.startIndex)...].lowercased()
            return known.first { name.hasPrefix($0) && name.dropFirst($0.count).first?.isLetter != true }
        }
        guard files.count > 1, names.allSatisfy({ $0 != nil }), Set(names).count > 1 else { return nil }
        return known.compactMap { split in
            let own = zip(files, names).filter { $0.1 == split }.map(\.0)
            return own.isEmpty ? nil : (split, own)
        }
    }
}
