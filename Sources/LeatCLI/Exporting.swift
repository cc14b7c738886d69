import Leat

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Turns a dataset into an `.npz` file; what `leat export` does.
///
/// Columns are collected in files beside the output, so that memory stays small, however large the dataset is.
struct Exporting {
    /// An array that was written.
    struct ArraySummary: Encodable, Equatable {
        var name: String
        var type: String
        var shape: [Int]
    }

    var dataset: DatasetFolder
    var output: String
    var columns: [String]?
    var isCompressed = false
    var isReplacing = false

    /// Exports and says which arrays were written.
    ///
    /// - Throws: `ShardError` about the dataset, `FormatError` about the output.
    func run() async throws -> [ArraySummary] {
        guard isReplacing || !FileManager.default.fileExists(atPath: output) else {
            throw FormatError(.unwritable, "'\(output)' is there already; --force replaces it.")
        }
        let folder = try SpoolFolder(beside: output)
        let writer = try NpzWriter(output, compressed: isCompressed)
        var summaries: [ArraySummary] = []
        for part in dataset.parts {
            let suffix = part.split.map { "_\($0)" } ?? ""
            for spool in try await collect(part, suffix: suffix, in: folder.path) {
                summaries += try spool.add(to: writer, suffix: suffix)
            }
        }
        guard !summaries.isEmpty else {
            throw FormatError(.missing, "'\(dataset.parts.first?.path ?? "")' has no samples to export.")
        }
        try writer.close()
        return summaries
    }

    private func collect(
        _ part: DatasetFolder.Part, suffix: String, in folder: String
    ) async throws -> [any ColumnSpool] {
        let samples = try ShardSamples(part.path)
        let chosen = try columns.map { names in
            try names.map { name in
                guard let column = samples.columns.first(where: { $0.name == name }) else {
                    let known = samples.columns.map(\.name).joined(separator: ", ")
                    throw FormatError(.missing, "'\(part.path)' has no column '\(name)'; it has \(known).")
                }
                return column
            }
        }
        let spools: [any ColumnSpool] = try (chosen ?? samples.columns).enumerated().map { number, column in
            let path = "\(folder)/\(number)\(suffix.replacing("/", with: "-"))"
            switch column.encoding {
            case .str, .json, .strInt, .strFloat, .strDecimal: return try TextSpool(column.name, path)
            default: return try NumberSpool(column, path)
            }
        }
        var progress = ProgressLine(part.path, total: samples.count)
        for number in 0..<samples.count {
            let sample = try await samples.sample(at: number)
            for spool in spools {
                guard let value = sample[spool.name] else { continue }
                do { try spool.append(value) } catch let error as FormatError {
                    throw FormatError(error.code, "Sample \(number) of '\(part.path)' can't be exported: \(error)")
                }
            }
            progress.update(number + 1)
        }
        progress.finish()
        return spools
    }
}

/// A folder for files that are needed until the output is written.
struct SpoolFolder: ~Copyable {
    let path: String

    init(beside output: String) throws {
        path = "\(output).\(ProcessInfo.processInfo.processIdentifier).tmp"
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        } catch {
            throw FormatError(.unwritable, "'\(output)' can't be written: no folder can be made beside it.")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
