#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The bytes of a regular file.
package final class FileSource: ByteSource {
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
            throw FormatError(.unreadable, "'\(path)' is not a file.")
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

    /// The next `count` bytes; fewer where the file ends.
    package func bytes(_ count: Int) throws -> [UInt8] { try prefix(count) }

    /// Starts again at the first byte.
    func rewind() throws {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw Self.failure("can't be read", path, errno) }
    }

    private static func failure(_ what: String, _ path: String, _ code: CInt) -> FormatError {
        FormatError(.unreadable, "'\(path)' \(what): \(String(cString: strerror(code))).")
    }
}
