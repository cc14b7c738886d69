/// Bytes that are read once, from the first to the last.
package protocol ByteSource: AnyObject {
    /// What messages call the source: a file, or an array within one.
    var name: String { get }

    /// The number of bytes from first to last, where it is known beforehand.
    var byteCount: Int? { get }

    /// Whether `byteCount` bytes really lie on the disk, so that memory for them may be reserved at once.
    var isBacked: Bool { get }

    /// Reads up to as many bytes as the buffer holds; 0 only at the end.
    ///
    /// - Throws: `FormatError` if the system fails or the content is damaged.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int

    /// Passes over up to `count` bytes and returns how many; fewer only at the end.
    ///
    /// - Throws: `FormatError` if the system fails or the content is damaged.
    func skip(_ count: Int) throws -> Int
}

extension ByteSource {
    /// Fills the buffer, or as much of it as there are bytes left, and returns how much.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// The next `count` bytes, for small headers; fewer where the source ends.
    func prefix(_ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try fill(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// The next `count` bytes, taking memory only as they come where the file's size doesn't bear them out.
    ///
    /// - Throws: `FormatError` if the source ends before, saying within what, or fails.
    func bytes(_ count: Int, of what: @autoclosure () -> String) throws -> [UInt8] {
        let isBorneOut = isBacked && byteCount.map { count <= $0 } ?? false
        var bytes = try prefix(isBorneOut ? count : min(count, 1 << 20))
        while bytes.count < count {
            let part = try prefix(min(count - bytes.count, bytes.count))
            if part.isEmpty { break }
            bytes += part
        }
        guard bytes.count == count else {
            throw FormatError(
                .truncated,
                "\(name) is truncated: it ends within \(what()), of whose \(count) bytes \(bytes.count) are there.")
        }
        return bytes
    }

    package func skip(_ count: Int) throws -> Int {
        var passed = 0
        try withUnsafeTemporaryAllocation(byteCount: min(max(count, 1), 1 << 16), alignment: 16) { buffer in
            while passed < count {
                let part = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(count - passed))
                let read = try read(into: part)
                if read == 0 { break }
                passed += read
            }
        }
        return passed
    }

    /// Checks that nothing is left, which also makes compressed sources check their checksum.
    func expectEnd(after what: String) throws {
        guard try prefix(1).isEmpty else {
            throw FormatError(.corrupt, "\(name) goes on after \(what).")
        }
    }
}

/// The file at the path, decompressed where it begins like a gzip or zstd file.
func openSource(_ path: String) throws -> any ByteSource {
    let file = try FileSource(path)
    let magic = try file.prefix(4)
    try file.rewind()
    if magic.starts(with: [0x1F, 0x8B]) { return try GzipSource(file) }
    return magic == [0x28, 0xB5, 0x2F, 0xFD] ? try ZstdSource(file) : file
}
