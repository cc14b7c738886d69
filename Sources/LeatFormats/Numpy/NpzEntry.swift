import CZip
import LeatCore

/// One array on its way into an archive: libzip asks for its bytes while it writes.
final class NpzEntry {
    /// Why the bytes could not be given.
    private(set) var failure: (any Error)?

    private let header: [UInt8]
    private let content: any ByteSource
    private var headerPosition = 0

    init(header: NpyHeader, content: any ByteSource) {
        self.header = header.encoded
        self.content = content
    }

    /// libzip's view of the entry; the writer keeps the entry alive.
    static let callback: zip_source_callback = { entry, data, length, command in
        guard let entry else { return -1 }
        return Unmanaged<NpzEntry>.fromOpaque(entry).takeUnretainedValue().perform(command, data, Int(clamping: length))
    }

    private func perform(_ command: zip_source_cmd_t, _ data: UnsafeMutableRawPointer?, _ length: Int) -> Int64 {
        switch command {
        case ZIP_SOURCE_OPEN, ZIP_SOURCE_CLOSE, ZIP_SOURCE_FREE: return 0
        case ZIP_SOURCE_READ:
            do {
                return Int64(try read(into: UnsafeMutableRawBufferPointer(start: data, count: length)))
            } catch {
                failure = error
                return -1
            }
        case ZIP_SOURCE_STAT:
            guard let status = data?.assumingMemoryBound(to: zip_stat_t.self) else { return -1 }
            zip_stat_init(status)
            if let byteCount = content.byteCount {
                status.pointee.size = UInt64(header.count + byteCount)
                status.pointee.valid = UInt64(ZIP_STAT_SIZE)
            }
            return Int64(MemoryLayout<zip_stat_t>.size)
        case ZIP_SOURCE_ERROR:
            var error = zip_error_t()
            zip_error_init(&error)
            zip_error_set(&error, ZIP_ER_READ, 0)
            return zip_error_to_data(&error, data, UInt64(length))
        case ZIP_SOURCE_SUPPORTS:
            let commands = [
                ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
            ]
            return commands.reduce(0) { $0 | Int64(1) << Int64($1.rawValue) }
        default: return -1
        }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard headerPosition == header.count else {
            let part = header[headerPosition...].prefix(buffer.count)
            buffer.copyBytes(from: part)
            headerPosition += part.count
            return part.count
        }
        return try content.read(into: buffer)
    }
}

/// The bytes of a tensor.
final class TensorSource: ByteSource {
    let name = "a tensor"
    let isBacked = true
    var byteCount: Int? { tensor.byteCount }

    private let tensor: Tensor
    private var position = 0

    init(_ tensor: Tensor) { self.tensor = tensor }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        tensor.withUnsafeBytes { bytes in
            let part = UnsafeRawBufferPointer(rebasing: bytes[position...].prefix(buffer.count))
            buffer.copyMemory(from: part)
            position += part.count
            return part.count
        }
    }
}

/// Texts as UTF-32 of fixed width, made as they are asked for.
final class TextSource: ByteSource {
    let name: String
    let isBacked = true
    var byteCount: Int? { 4 * width * count }

    private let count: Int
    private let width: Int
    private let next: () throws -> String?
    private var pending: [UInt8] = []
    private var position = 0

    init(name: String, count: Int, width: Int, next: @escaping () throws -> String?) {
        self.name = name
        self.count = count
        self.width = width
        self.next = next
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        if position == pending.count {
            guard let text = try next() else { return 0 }
            encode(text)
        }
        let part = pending[position...].prefix(buffer.count)
        buffer.copyBytes(from: part)
        position += part.count
        return part.count
    }

    private func encode(_ text: String) {
        pending.removeAll(keepingCapacity: true)
        for scalar in text.unicodeScalars.prefix(width) {
            for shift in stride(from: 0, to: 32, by: 8) { pending.append(UInt8(scalar.value >> shift & 0xFF)) }
        }
        pending.append(contentsOf: repeatElement(0, count: 4 * width - pending.count))
        position = 0
    }
}
