import LeatPipeline

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The bytes of a regular file.
package final class FileSource: ByteSource, Sendable {
    package let name: String
    package let path: String
    package let size: Int
    private let descriptor: CInt

    package init(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("can't be opened", path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw FormatError(.unreadable, "'\(path)' is not a file.", file: path)
        }
        self.name = "'\(path)'"
        self.path = path
        self.size = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    package var byteCount: Int? { size }
    package var isBacked: Bool { true }

    package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = buffer.baseAddress else { return 0 }
        while true {
            #if canImport(Darwin)
                let count = Darwin.read(descriptor, base, buffer.count)
            #elseif canImport(Musl)
                let count = Musl.read(descriptor, base, buffer.count)
            #else
                let count = Glibc.read(descriptor, base, buffer.count)
            #endif
            if count >= 0 { return count }
            guard errno == EINTR else { throw Self.failure("can't be read", path, errno) }
        }
    }

    /// The `count` bytes at the offset, wherever `read` stands; any number of tasks may ask at once.
    ///
    /// - Throws: `FormatError` if the file ends before or can't be read.
    func bytes(at offset: Int, _ count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0, count <= size, offset <= size - count else { throw tooShort(offset, count) }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            try fill(UnsafeMutableRawBufferPointer(buffer), at: offset)
            filled = count
        }
    }

    /// Fills the buffer with the bytes at the offset.
    ///
    /// - Throws: `FormatError` if the file ends before or can't be read.
    func fill(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws {
        var filled = 0
        while filled < buffer.count, let base = buffer.baseAddress {
            let count = pread(descriptor, base + filled, buffer.count - filled, off_t(offset + filled))
            if count == 0 { throw tooShort(offset, buffer.count) }
            if count > 0 { filled += count }
            if count < 0, errno != EINTR { throw Self.failure("can't be read", path, errno) }
        }
    }

    private func tooShort(_ offset: Int, _ count: Int) -> FormatError {
        FormatError(.truncated, "\(name) is truncated: it has no \(count) bytes at offset \(offset).", file: path)
    }

    package func skip(_ count: Int) throws -> Int {
        let position = lseek(descriptor, 0, SEEK_CUR)
        let passed = min(max(0, count), max(0, size - Int(position)))
        guard position >= 0, lseek(descriptor, off_t(passed), SEEK_CUR) >= 0 else {
            throw Self.failure("can't be read", path, errno)
        }
        return passed
    }

    /// The next `count` bytes; fewer where the file ends.
    package func bytes(_ count: Int) throws -> [UInt8] { try prefix(count) }

    /// Starts again at the first byte.
    func rewind() throws {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure("can't be read", path, errno) }
    }

    private static func failure(_ what: String, _ path: String, _ code: CInt) -> FormatError {
        FormatError(.unreadable, "'\(path)' \(what): \(POSIX.message(code)).", file: path)
    }
}
