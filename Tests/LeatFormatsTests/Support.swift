import Foundation
import LeatCore
import LeatFormats
import Testing

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

    @discardableResult
    func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }
}

/// The path of a file that NumPy wrote.
func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/numpy/" + name
}

/// A file of the collection of real datasets, where it stands beside the package.
func sharedData(_ name: String) -> String {
    URL(fileURLWithPath: #filePath + "/../../../../shared/data/" + name).standardized.path
}

func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

func bytes(of path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Expects the error code, and every one of the words in the message.
func expectFormatError(
    _ code: FormatError.Code, _ words: String..., sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("No error was thrown.", sourceLocation: sourceLocation)
    } catch let error as FormatError {
        #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
        for word in words { #expect(error.message.contains(word), sourceLocation: sourceLocation) }
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}

/// Everything that a reader gives, in blocks of the given size joined again.
func readAll(_ reader: any SampleReader, blockSize: Int) throws -> [String: [Column]] {
    var blocks: [String: [Column]] = [:]
    while true {
        let block = try reader.read(blockSize)
        guard let first = block.first, first.count > 0 else { return blocks }
        #expect(block.count == reader.columns.count)
        for (column, values) in zip(reader.columns, block) { blocks[column.name, default: []].append(values) }
    }
}

extension [Column] {
    var tensor: Tensor? {
        try? Tensor.concatenated(compactMap { if case .numbers(let tensor) = $0 { tensor } else { nil } })
    }
    var texts: [String] { flatMap { if case .text(let texts) = $0 { texts } else { [String]() } } }
    var byteStrings: [[UInt8]] { flatMap { if case .bytes(let rows) = $0 { rows } else { [[UInt8]]() } } }
    var rows: [Tensor] { flatMap { if case .ragged(let rows) = $0 { rows } else { [Tensor]() } } }
}

func readNames(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
}

/// The bytes with one of them changed, inserted or removed, or with their end cut off.
func mutated(_ bytes: [UInt8], _ random: inout PhiloxGenerator) -> [UInt8] {
    var bytes = bytes
    guard !bytes.isEmpty else { return [1] }
    for _ in 0...Int.random(in: 0..<3, using: &random) {
        let position = Int.random(in: 0..<max(1, bytes.count), using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes.removeSubrange(position...)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        case 2 where !bytes.isEmpty: bytes.remove(at: position)
        case 3 where !bytes.isEmpty: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 4 where !bytes.isEmpty: bytes[position] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        default: break
        }
    }
    return bytes
}

/// Changes a file at random many times: reading it must give data or a `FormatError`, never a trap.
func expectNoHarm(
    _ path: String, _ name: String, mutations: Int, sourceLocation: SourceLocation = #_sourceLocation,
    _ read: (String) throws -> Void
) throws {
    let folder = try TemporaryFolder()
    let original = try bytes(of: path)
    var random = PhiloxGenerator(seed: 42, stream: UInt64(original.count))
    for _ in 0..<mutations {
        let path = try folder.write(mutated(original, &random), to: name)
        do { try read(path) } catch { #expect(error is FormatError, "\(error)", sourceLocation: sourceLocation) }
    }
}

/// What a script beside the fixtures prints; nil where Python doesn't have the module, which is said.
func runPython(_ script: String, _ argument: String, needing module: String) throws -> String? {
    let named = ProcessInfo.processInfo.environment["LEAT_TEST_PYTHON"] ?? ""
    let interpreters = named.split(separator: ":").map(String.init) + ["/usr/bin/python3"]
    func run(_ python: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: python)
        process.arguments = arguments
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }
    for python in interpreters where FileManager.default.isExecutableFile(atPath: python) {
        guard try run(python, ["-c", "import \(module)"]).code == 0 else { continue }
        let result = try run(python, [fixture("../" + script), argument])
        #expect(result.code == 0)
        return result.output
    }
    print("Skipped: no Python with \(module); name some in LEAT_TEST_PYTHON, parted by colons.")
    return nil
}
