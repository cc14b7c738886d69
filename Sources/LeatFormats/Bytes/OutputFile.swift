import CZlib

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that appears under its name only when it is complete: written beside it, then renamed.
///
/// A path that ends in `.gz` is compressed with gzip.
package final class OutputFile {
    package let path: String
    private let temporaryPath: String
    private var file: gzFile?

    package init(_ path: String) throws {
        self.path = path
        temporaryPath = "\(path).\(getpid()).tmp"
        // zlib's mode T writes the bytes as they are.
        file = gzopen(temporaryPath, path.hasSuffix(".gz") ? "wb6" : "wbT")
        guard file != nil else { throw failure() }
        gzbuffer(file, 1 << 17)
    }

    deinit {
        guard file != nil else { return }
        gzclose(file)
        unlink(temporaryPath)
    }

    /// Writes all bytes of the buffer.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            guard gzwrite(file, part.baseAddress, UInt32(part.count)) == part.count else { throw failure() }
            rest = rest.dropFirst(part.count)
        }
    }

    /// Writes all the bytes.
    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    /// Ends the file and gives it its name.
    package func close() throws {
        let code = gzclose(file)
        file = nil
        guard code == Z_OK, rename(temporaryPath, path) == 0 else {
            let error = failure()
            unlink(temporaryPath)
            throw error
        }
    }

    private func failure() -> FormatError {
        FormatError(.unwritable, "'\(path)' can't be written: \(String(cString: strerror(errno))).")
    }
}
