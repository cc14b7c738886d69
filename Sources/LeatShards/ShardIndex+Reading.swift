import LeatPipeline

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ShardIndex {
    /// The largest index that is read, so that a wrong file in its place can't fill the memory.
    private static let largestFile = 256 << 20

    /// Reads the index of the dataset in a folder.
    ///
    /// - Throws: `ShardError` if there is none, or if it is not one that Leat can read.
    public init(folder: String) throws {
        let path = ShardFiles.join(folder, Self.fileName)
        try self.init(json: Self.text(folder: folder), path: path)
    }

    /// Reads the index of the dataset in a folder, and says whether it has the given fingerprint.
    ///
    /// An index as writers write it need not be written anew to find that out: its text is what the fingerprint is of.
    static func read(
        folder: String, fingerprint: String
    ) throws -> (index: ShardIndex, isTheSame: Bool) {
        let text = try text(folder: folder)
        let index = try ShardIndex(json: text, path: ShardFiles.join(folder, Self.fileName))
        return (index, Self.fingerprint(of: text) == fingerprint || index.fingerprint == fingerprint)
    }

    private static func text(folder: String) throws -> [UInt8] {
        guard POSIX.isFolder(folder) else {
            throw ShardError(
                .unreadable, folder,
                ShardFiles.exists(folder)
                    ? "is a file and no folder of shards; `leat pack` makes one of it." : "is not there.")
        }
        let path = ShardFiles.join(folder, Self.fileName)
        if !ShardFiles.exists(path), ShardFiles.exists(ShardFiles.join(folder, ShardJournal.fileName)) {
            throw ShardError(
                .unreadable, folder,
                "holds a dataset that is still being written, or whose writer was ended; the same `leat pack` again "
                    + "goes on with it.")
        }
        let (memory, _) = try ShardFiles.read(path) { byteCount throws(ShardError) in
            guard byteCount <= Self.largestFile else {
                throw ShardError(.badIndex, path, "has \(byteCount) bytes, more than any index.")
            }
        }
        return memory.withBytes { Array($0) }
    }

    /// Parses the text of an index; `path` names it in errors.
    ///
    /// - Throws: `ShardError` if the text is not an index that Leat can read.
    public init(json: [UInt8], path: String) throws {
        let text = try IndexScanner.read(json) ?? Self.decode(json, path)
        guard text.version == Self.version else {
            throw ShardError(.badIndex, path, "has version \(text.version); Leat reads version 2.")
        }
        var shards: [Entry] = []
        shards.reserveCapacity(text.shards.count)
        var total = 0
        var known = IndexText.KnownSettings()
        for (number, shard) in text.shards.enumerated() {
            let entry: Entry
            do { entry = try shard.entry(&known) } catch {
                throw ShardError(error.code, path, "Shard \(number) \(error.reason).")
            }
            let (sum, overflow) = total.addingReportingOverflow(entry.sampleCount)
            guard !overflow else { throw ShardError(.badIndex, path, "counts more samples than there can be.") }
            total = sum
            shards.append(entry)
        }
        self.init(shards: shards)
    }

    /// What Foundation makes of a text, or its reasons.
    private static func decode(_ json: [UInt8], _ path: String) throws -> IndexText {
        guard JSONNesting.isWithinLimit(json) else {
            throw ShardError(
                .badIndex, path, "is not an index: it is nested more than \(JSONNesting.limit) deep, or not UTF-8.")
        }
        do { return try JSONDecoder().decode(IndexText.self, from: Data(json)) } catch {
            throw ShardError(.badIndex, path, sentence(for: error))
        }
    }

    private static func sentence(for error: any Error) -> String {
        guard let error = error as? DecodingError else { return "is not an index: \(error)." }
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map { key in key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)" }
            return path.isEmpty ? "the whole" : "`\(path.joined().drop { $0 == "." })`"
        }
        return switch error {
        case .keyNotFound(let key, let context): "is not an index: \(place(context)) has no `\(key.stringValue)`."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            "is not an index: \(place(context)) is something else than expected."
        case .dataCorrupted(let context):
            // Foundation also calls a number malformed that does not fit.
            context.codingPath.isEmpty
                ? "is not JSON, or has a number that is not whole or far too large."
                : "is not an index: \(place(context)) can't be right."
        @unknown default: "is not an index."
        }
    }
}
