import LeatCore
import LeatPipeline

/// WebDataset's reading of a file's name: which sample it belongs to, and what it holds for it.
struct TarFieldName: Hashable {
    /// The name up to the first dot after the last slash: files of one key, one after another, are one sample.
    var key: String
    /// What comes after that dot, in small letters.
    var field: String

    /// Nil for names without an extension and for those that begin with a component like `__this__`.
    init?(_ name: String) {
        let start = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
        let first = name.prefix { $0 != "/" }
        guard !(first.count >= 4 && first.hasPrefix("__") && first.hasSuffix("__")),
            let dot = name[start...].firstIndex(of: "."), dot > start
        else { return nil }
        key = String(name[..<dot])
        field = name[name.index(after: dot)...].lowercased()
    }
}

/// What the bytes of a field mean, by WebDataset's convention on extensions.
enum TarFieldKind: Hashable {
    case number, text, array, jpeg, png, bytes

    init(field: String) {
        switch field[(field.lastIndex(of: ".").map { field.index(after: $0) } ?? field.startIndex)...] {
        case "cls", "cls2", "class", "count", "index", "inx", "id": self = .number
        case "txt", "text", "transcript", "json": self = .text
        case "npy": self = .array
        case "jpg", "jpeg": self = .jpeg
        case "png": self = .png
        default: self = .bytes
        }
    }

    /// The value that the bytes stand for; `name` is for messages.
    ///
    /// - Throws: `FormatError` if they are not what the extension says.
    func value(_ bytes: [UInt8], name: @autoclosure () -> String) throws -> Sample.Value {
        switch self {
        case .bytes, .jpeg, .png: return .bytes(bytes)
        case .text:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw FormatError(.corrupt, "\(name()) holds text that is not UTF-8.")
            }
            return .text(text)
        case .number:
            let number = bytes.withUnsafeBufferPointer { field in
                CSVColumnType.integer(CSVColumnType.trimmed(field, alsoLineEnds: true))
            }
            guard let number else { throw FormatError(.corrupt, "\(name()) should hold a whole number.") }
            return .number(number)
        case .array: return .tensor(try Npy.tensor(in: BytesSource(bytes, name: name())))
        }
    }
}

/// Bytes in memory, read like a file.
final class BytesSource: ByteSource {
    let name: String
    var byteCount: Int? { bytes.count }
    var isBacked: Bool { true }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8], name: String) {
        self.bytes = bytes
        self.name = name
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = min(buffer.count, bytes.count - position)
        bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
        }
        position += count
        return count
    }
}
