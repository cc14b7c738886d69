import CZip

/// A zip file opened for reading by libzip.
final class ZipArchive {
    let path: String
    /// The size of the file in bytes.
    let size: Int
    private let handle: OpaquePointer

    init(_ path: String) throws {
        // libzip's own message for a folder or a missing file names neither.
        size = try FileSource(path).size
        var code: CInt = 0
        guard let handle = zip_open(path, ZIP_RDONLY, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            throw FormatError(
                .wrongFormat, "'\(path)' can't be read as a zip file: \(String(cString: zip_error_strerror(&error))).")
        }
        self.path = path
        self.handle = handle
    }

    deinit { zip_discard(handle) }

    /// The names of the entries, in the archive's order.
    var entryNames: [String] {
        (0..<max(0, zip_get_num_entries(handle, 0))).compactMap { index in
            zip_get_name(handle, UInt64(index), 0).map { String(cString: $0) }
        }
    }

    /// The bytes of the entry with the given name; several may be open at once.
    func open(_ entryName: String) throws -> any ByteSource {
        var status = zip_stat_t()
        zip_stat_init(&status)
        guard zip_stat(handle, entryName, 0, &status) == 0, let file = zip_fopen(handle, entryName, 0) else {
            throw FormatError(
                .corrupt, "'\(entryName)' in '\(path)' can't be opened: \(String(cString: zip_strerror(handle))).")
        }
        return ZipEntrySource(archive: self, entryName: entryName, file: file, status: status)
    }
}

/// The decompressed bytes of one entry of a zip file; libzip checks their checksum at the end.
final class ZipEntrySource: ByteSource {
    let name: String
    let byteCount: Int?
    let isBacked: Bool

    private let archive: ZipArchive
    private let file: OpaquePointer

    init(archive: ZipArchive, entryName: String, file: OpaquePointer, status: zip_stat_t) {
        let known = { (field: UInt32) in status.valid & UInt64(field) != 0 }
        name = "'\(entryName)' in '\(archive.path)'"
        byteCount = known(ZIP_STAT_SIZE) ? Int(clamping: status.size) : nil
        isBacked =
            known(ZIP_STAT_COMP_METHOD) && Int32(status.comp_method) == ZIP_CM_STORE && known(ZIP_STAT_COMP_SIZE)
            && known(ZIP_STAT_SIZE) && status.comp_size == status.size
            && status.size <= archive.size
        self.archive = archive
        self.file = file
    }

    deinit { zip_fclose(file) }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
        let count = zip_fread(file, base, UInt64(buffer.count))
        guard count >= 0 else {
            throw FormatError(.corrupt, "\(name) is damaged: \(String(cString: zip_file_strerror(file))).")
        }
        return Int(count)
    }
}
