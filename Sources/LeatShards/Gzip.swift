import CZlib

/// Whole-file gzip through zlib.
enum Gzip {
    /// zlib's window of 32 KiB, and 16 for the gzip format rather than zlib's own.
    private static let windowBits: Int32 = 15 + 16

    /// The most bytes handed to zlib at once: it counts in 32 bits.
    private static let chunk = 1 << 30

    /// Unpacks one member or several into `output`, which they must fill exactly.
    static func unpack(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Malformed) {
        var stream = z_stream()
        guard inflateInit2_(&stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Malformed("no memory for a gzip context")
        }
        defer { inflateEnd(&stream) }
        var consumed = 0
        var produced = 0
        while consumed < input.count {
            // With the output full, one spare byte shows whether there is more.
            var spare: UInt8 = 0
            let status = withUnsafeMutableBytes(of: &spare) { spare in
                let target =
                    produced < output.count ? UnsafeMutableRawBufferPointer(rebasing: output[produced...]) : spare
                return step(&stream, UnsafeRawBufferPointer(rebasing: input[consumed...]), target)
            }
            consumed += status.consumed
            produced += status.produced
            guard produced <= output.count else { throw Malformed("more than \(output.count) bytes of content") }
            switch status.code {
            case Z_STREAM_END: inflateReset(&stream)
            case Z_OK where status.consumed + status.produced > 0: continue
            case Z_OK, Z_BUF_ERROR: throw Malformed("a gzip member cut short")
            default: throw Malformed("a damaged gzip member (zlib code \(status.code))")
            }
        }
        guard stream.total_in == 0 else { throw Malformed("a gzip member cut short") }
        guard produced == output.count else { throw Malformed("members that unpack to \(produced) bytes") }
    }

    private static func step(
        _ stream: inout z_stream, _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) -> (code: Int32, consumed: Int, produced: Int) {
        let available = (input: min(input.count, chunk), output: min(output.count, chunk))
        stream.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?.assumingMemoryBound(to: UInt8.self)
        stream.avail_in = UInt32(available.input)
        stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(available.output)
        let code = inflate(&stream, Z_NO_FLUSH)
        return (code, available.input - Int(stream.avail_in), available.output - Int(stream.avail_out))
    }

    /// Compresses to one member without name and time, so that equal content gives equal bytes.
    static func pack(_ input: UnsafeRawBufferPointer, level: Int) throws(Malformed) -> ShardMemory {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        guard
            deflateInit2_(
                &stream, Int32(level), Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { throw Malformed("no memory for a gzip context") }
        defer { deflateEnd(&stream) }
        let output = try ShardMemory(byteCount: Int(deflateBound(&stream, UInt(input.count))))
        output.byteCount = try output.withBytes { bytes throws(Malformed) in try deflateAll(&stream, input, bytes) }
        return output
    }

    private static func deflateAll(
        _ stream: inout z_stream, _ input: UnsafeRawBufferPointer, _ output: UnsafeMutableRawBufferPointer
    ) throws(Malformed) -> Int {
        var consumed = 0
        var produced = 0
        while true {
            let taken = min(input.count - consumed, chunk)
            let room = min(output.count - produced, chunk)
            stream.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress.map { $0 + consumed })?
                .assumingMemoryBound(to: UInt8.self)
            stream.avail_in = UInt32(taken)
            stream.next_out = output.baseAddress.map { $0 + produced }?.assumingMemoryBound(to: UInt8.self)
            stream.avail_out = UInt32(room)
            let code = deflate(&stream, consumed + taken == input.count ? Z_FINISH : Z_NO_FLUSH)
            consumed += taken - Int(stream.avail_in)
            produced += room - Int(stream.avail_out)
            if code == Z_STREAM_END { return produced }
            guard code == Z_OK else { throw Malformed("zlib code \(code)") }
        }
    }
}
