import CZlib

/// The decompressed bytes of a gzip source, which may be several members one after another.
final class GzipSource: ByteSource {
    let name: String
    var byteCount: Int? { nil }
    var isBacked: Bool { false }

    private let source: any ByteSource
    private let stream: UnsafeMutablePointer<z_stream>
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var isAtMemberStart = true
    private var isFinished = false

    init(_ source: any ByteSource) throws {
        self.source = source
        name = source.name
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 more for "gzip only".
        let code = inflateInit2_(stream, 31, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        guard code == Z_OK else {
            throw FormatError(.unreadable, "\(name) can't be decompressed: zlib doesn't start (code \(code)).")
        }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard let base = buffer.bindMemory(to: UInt8.self).baseAddress, !isFinished else { return 0 }
        let capacity = min(buffer.count, 1 << 30)
        stream.pointee.next_out = base
        stream.pointee.avail_out = UInt32(capacity)
        while stream.pointee.avail_out > 0 {
            if stream.pointee.avail_in == 0, try !refill() { break }
            let code = inflate(stream, Z_NO_FLUSH)
            isAtMemberStart = false
            switch code {
            case Z_OK, Z_BUF_ERROR: continue
            case Z_STREAM_END:
                inflateReset(stream)
                isAtMemberStart = true
            default:
                throw FormatError(.corrupt, "\(name) is damaged: its gzip data can't be decompressed.")
            }
        }
        return capacity - Int(stream.pointee.avail_out)
    }

    /// Reads more compressed bytes; false at a proper end.
    private func refill() throws -> Bool {
        let count = try source.read(into: input)
        stream.pointee.next_in = input.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_in = UInt32(count)
        if count > 0 { return true }
        guard isAtMemberStart else { throw FormatError(.truncated, "\(name) is truncated: its gzip data has no end.") }
        isFinished = true
        return false
    }
}
