import CZstd

/// The decompressed bytes of a zstd source, which may be several frames one after another.
final class ZstdSource: ByteSource {
    let name: String
    var byteCount: Int? { nil }
    var isBacked: Bool { false }

    private let source: any ByteSource
    private let stream: OpaquePointer
    private let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    private var input = ZSTD_inBuffer()
    /// What zstd said last: 0 at the end of a frame.
    private var hint = 0
    /// Whether zstd may still hold content that found no room.
    private var hasMore = false

    /// The largest window that is taken memory for: 128 MiB, what the tool's `--ultra` levels use at most unasked.
    private static let windowLog: Int32 = 27

    init(_ source: any ByteSource) throws {
        name = source.name
        guard let stream = ZSTD_createDStream() else {
            throw FormatError(.unreadable, "\(name) can't be decompressed: there is no memory for zstd.")
        }
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.windowLog)
        self.source = source
        self.stream = stream
    }

    deinit {
        ZSTD_freeDStream(stream)
        storage.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = buffer.baseAddress, buffer.count > 0 else { return 0 }
        var output = ZSTD_outBuffer(dst: base, size: buffer.count, pos: 0)
        while output.pos == 0 {
            if input.pos == input.size, !hasMore, try !refill() { return 0 }
            hint = ZSTD_decompressStream(stream, &output, &input)
            hasMore = hint != 0 && output.pos == output.size
            guard ZSTD_isError(hint) == 0 else {
                let reason = String(cString: ZSTD_getErrorName(hint))
                throw FormatError(.corrupt, "\(name) is damaged: its zstd data can't be decompressed (\(reason)).")
            }
        }
        return output.pos
    }

    /// Reads more compressed bytes; false at a proper end.
    private func refill() throws -> Bool {
        let count = try source.read(into: storage)
        input = ZSTD_inBuffer(src: storage.baseAddress, size: count, pos: 0)
        if count > 0 { return true }
        guard hint == 0 else { throw FormatError(.truncated, "\(name) is truncated: its zstd data has no end.") }
        return false
    }
}
