import CZip
public import LeatCore

/// Writes an `.npz` file: arrays are handed in one by one and written when it is closed.
///
/// The file appears under its name only when it is complete. The same arrays give the same bytes: no times are kept.
public final class NpzWriter {
    private let path: String
    private let isCompressed: Bool
    private let handle: OpaquePointer
    private var entries: [NpzEntry] = []
    private var isOpen = true

    /// A writer of the file at the path, which is replaced when `close` is called.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public init(_ path: String, compressed: Bool = false) throws {
        var code: CInt = 0
        guard let handle = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code) else {
            var error = zip_error_t()
            zip_error_init_with_code(&error, code)
            defer { zip_error_fini(&error) }
            throw FormatError(
                .unwritable, "'\(path)' can't be written: \(String(cString: zip_error_strerror(&error))).")
        }
        self.path = path
        self.handle = handle
        isCompressed = compressed
    }

    deinit {
        if isOpen { zip_discard(handle) }
    }

    /// Adds a tensor under a name.
    ///
    /// - Throws: `FormatError` if the name is taken.
    public func add(_ name: String, _ tensor: Tensor) throws {
        let header = NpyHeader(element: .number(tensor.dtype, isBigEndian: false), shape: tensor.shape)
        try add(name, NpzEntry(header: header, content: TensorSource(tensor)))
    }

    /// Adds the raw little-endian elements in a file under a name.
    ///
    /// - Throws: `FormatError` if the name is taken or the file's size is not the array's.
    package func add(_ name: String, _ dtype: DType, _ shape: Shape, contentsOf elements: FileSource) throws {
        guard let count = shape.checkedCount, elements.size == count * dtype.byteCount else {
            throw FormatError(.invalidArgument, "\(elements.name) doesn't hold the elements of \(dtype)\(shape).")
        }
        let header = NpyHeader(element: .number(dtype, isBigEndian: false), shape: shape)
        try add(name, NpzEntry(header: header, content: elements))
    }

    /// Adds texts under a name, as NumPy's unicode of fixed width.
    ///
    /// - Throws: `FormatError` if the name is taken or a text ends in NUL, which fixed width can't hold.
    public func add(_ name: String, _ texts: [String]) throws {
        for text in texts { try Self.check(text, for: name) }
        let width = texts.reduce(1) { max($0, $1.unicodeScalars.count) }
        var remaining = texts[...]
        try add(name, count: texts.count, width: width) { remaining.popFirst() }
    }

    /// Adds `count` texts of at most `width` characters that `next` gives when the file is written.
    ///
    /// - Throws: `FormatError` if the name is taken.
    package func add(_ name: String, count: Int, width: Int, texts next: @escaping () throws -> String?) throws {
        let header = NpyHeader(element: .unicode(width: width, isBigEndian: false), shape: [count])
        try add(name, NpzEntry(header: header, content: TextSource(name: name, count: count, width: width, next: next)))
    }

    /// Checks that fixed width can hold the text.
    ///
    /// - Throws: `FormatError` if it ends in NUL.
    package static func check(_ text: String, for name: String) throws {
        guard text.utf8.last != 0 else {
            throw FormatError(
                .unsupported, "A text of '\(name)' ends in a NUL character, which an array of fixed width can't hold.")
        }
    }

    private func add(_ name: String, _ entry: NpzEntry) throws {
        guard let source = zip_source_function(handle, NpzEntry.callback, Unmanaged.passUnretained(entry).toOpaque())
        else { throw failure() }
        let index = zip_file_add(handle, "\(name).npy", source, UInt32(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            throw failure()
        }
        entries.append(entry)
        // 1980-01-01, the earliest date a zip file can name.
        zip_file_set_dostime(handle, UInt64(index), 0, 0x21, 0)
        zip_set_file_compression(handle, UInt64(index), isCompressed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0)
    }

    /// Writes the archive and gives it its name.
    ///
    /// - Throws: `FormatError` if it can't be written.
    public func close() throws {
        guard isOpen else { return }
        guard zip_close(handle) == 0 else {
            throw entries.lazy.compactMap(\.failure).first ?? failure()
        }
        isOpen = false
    }

    private func failure() -> FormatError {
        FormatError(.unwritable, "'\(path)' can't be written: \(String(cString: zip_strerror(handle))).")
    }
}
