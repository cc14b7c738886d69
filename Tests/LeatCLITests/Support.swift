import Foundation
import Leat
import Subprocess
import Testing

@testable import LeatCLI

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A folder that is there for one test.
struct TemporaryFolder: ~Copyable {
    let path = FileManager.default.temporaryDirectory.path + "/leat-" + UUID().uuidString

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        let url = URL(fileURLWithPath: file(name))
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
        return url.path
    }

    /// Everything below the folder.
    var contents: [String] { (FileManager.default.enumerator(atPath: path)?.allObjects as? [String] ?? []).sorted() }
}

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Changes one byte of a file.
func flip(_ position: Int, in path: String) throws {
    var content = try bytes(of: path)
    content[position] ^= 1
    try Data(content).write(to: URL(fileURLWithPath: path))
}

/// A file that NumPy wrote for the tests of formats.
func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath + "/../../LeatFormatsTests/Fixtures/numpy/" + name).standardized.path
}

/// Packs a source, verifies the dataset, exports it and opens the archive.
func roundTrip(
    _ source: String, in folder: borrowing TemporaryFolder, columns: [ColumnChoice]? = nil, sizeLimit: Int? = 64 << 20
) async throws -> NpzArchive {
    let shards = folder.file("shards")
    _ = try Packing(source: try SampleSource(source), output: shards, columns: columns, sizeLimit: sizeLimit).run()
    for part in try DatasetFolder(shards).parts { #expect(try await Verification(part).problems == []) }
    let output = folder.file("out.npz")
    _ = try await Exporting(dataset: try DatasetFolder(shards), output: output).run()
    return try NpzArchive(output)
}

/// How the built tool ended and what it said.
struct ToolRun {
    var code: Int32
    var output: String
    var errors: String
}

/// The built `leat`, which lies beside the tests.
var toolPath: String {
    let tests = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    let products = String(tests.prefix(upTo: tests.range(of: "/LeatPackageTests")?.lowerBound ?? tests.startIndex))
    return "\(products)/leat"
}

/// Runs the built `leat`.
func leat(_ arguments: String..., environment: [String: String] = [:]) async throws -> ToolRun {
    try await program(toolPath, arguments, environment: environment)
}

/// Runs a program, with more in its environment than there is in ours.
func program(_ path: String, _ arguments: [String], environment: [String: String] = [:]) async throws -> ToolRun {
    let variables = environment.map { (Environment.Key(stringLiteral: $0), $1 as String?) }
    let result = try await run(
        .path(FilePath(path)), arguments: Arguments(arguments),
        environment: .inherit.updating(Dictionary(uniqueKeysWithValues: variables)), output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 20))
    guard case .exited(let code) = result.terminationStatus else {
        Issue.record("\(path) ended with \(result.terminationStatus).")
        return ToolRun(code: -1, output: "", errors: "")
    }
    return ToolRun(code: code, output: result.standardOutput, errors: result.standardError)
}
