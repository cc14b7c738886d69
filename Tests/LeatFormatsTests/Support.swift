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
