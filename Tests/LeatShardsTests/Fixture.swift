import Foundation
import LeatCore
import LeatShards
import Testing

/// The datasets that MosaicML Streaming wrote, and what they hold.
enum Fixture {
    static func path(_ name: String) throws -> String {
        let folder = try #require(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
        return folder.appending(path: name).path
    }

    /// The samples that a dataset holds.
    static func samples(_ name: String) throws -> [[String: Any]] {
        let data = try Data(contentsOf: URL(filePath: path("expected.json")))
        let all = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        if let same = all[name] as? String { return try samples(same) }
        return try #require(all[name] as? [[String: Any]])
    }

    /// A dataset's copy that a test may damage, in a folder that goes away with it.
    static func copy(_ name: String) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: path(name), toPath: folder.path + "/data")
        return folder
    }
}

/// A folder that goes away with its last user.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "leat-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var data: String { path + "/data" }

    func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: data + "/" + name))) }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(filePath: data + "/" + name))
    }

    /// Replaces text in the index, all of it that there is.
    func editIndex(_ old: String, _ new: String) throws {
        let text = try #require(String(validating: try read("index.json"), as: UTF8.self))
        try #require(text.contains(old))
        try write(Array(text.replacingOccurrences(of: old, with: new).utf8), to: "index.json")
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: data).sorted() }
}

/// Whether a value is what the fixtures' JSON says, in make_fixtures.py's spelling.
func matches(_ value: ColumnValue?, _ expected: Any) -> Bool {
    func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
    switch (value, expected) {
    case (.int(let number), let expected as NSNumber): return number == expected.int64Value
    case (.uint(let number), let expected as NSNumber): return number == expected.uint64Value
    case (.float(let number), let expected as NSNumber): return number == expected.doubleValue
    case (.float(let number), let expected as String): return number.description == expected
    case (.text(let text), let expected as String): return text == expected
    case (.bytes(let bytes), let expected as [String: Any]): return hexadecimal(bytes) == expected["hex"] as? String
    case (.tensor(let tensor), let expected as [String: Any]):
        return tensor.dtype.rawValue == expected["dtype"] as? String
            && tensor.shape.dimensions == expected["shape"] as? [Int]
            && tensor.withUnsafeBytes { hexadecimal($0) } == expected["hex"] as? String
    default: return false
    }
}

/// The error that `body` throws.
func shardError(_ body: () async throws -> Void) async -> ShardError? {
    do { try await body() } catch { return error as? ShardError }
    return nil
}
