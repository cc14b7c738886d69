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

    /// Checks that nothing is left, which also makes compressed sources check their checksum.
    func expectEnd(after what: String) throws {
        guard try prefix(1).isEmpty else {
            throw FormatError(.corrupt, "\(name) goes on after \(what).")
        }
    }
}

/// The file at the path, decompressed where it begins like a gzip file.
func openSource(_ path: String) throws -> any ByteSource {
    let file = try FileSource(path)
    let magic = try file.prefix(2)
    try file.rewind()
    return magic == [0x1F, 0x8B] ? try GzipSource(file) : file
}
