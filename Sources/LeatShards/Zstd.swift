import CZstd
import LeatCore
import Synchronization

/// Whole-file zstd through libzstd.
enum Zstd {
    /// Contexts of those that unpack, for the next ones: making one takes as long as unpacking some kilobytes.
    private static let contexts = Contexts()

    /// Unpacks one frame or several into `output`, which they must fill exactly.
    static func unpack(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(Malformed) {
        try checkFrames(input, expected: output.count)
        guard let context = contexts.take() else { throw Malformed("no memory for a zstd context") }
        defer { contexts.recycle(context) }
        let result = ZSTD_decompressDCtx(
            context.pointer, output.baseAddress, output.count, input.baseAddress, input.count)
        guard ZSTD_isError(result) == 0 else { throw Malformed("a damaged zstd frame (\(reason(result)))") }
        guard result == output.count else { throw Malformed("frames that unpack to \(result) bytes") }
    }

    /// Walks the frames' headers, so that a frame which can't be right costs no memory.
    private static func checkFrames(_ input: UnsafeRawBufferPointer, expected: Int) throws(Malformed) {
        var rest = input[...]
        var total: UInt64 = 0
        var known = true
        while !rest.isEmpty {
            let frame = UnsafeRawBufferPointer(rebasing: rest)
            let byteCount = ZSTD_findFrameCompressedSize(frame.baseAddress, frame.count)
            guard ZSTD_isError(byteCount) == 0, 1...frame.count ~= byteCount else {
                let start = rest.startIndex
                throw Malformed("something else than a whole zstd frame at byte \(start) (\(reason(byteCount)))")
            }
            let content = ZSTD_getFrameContentSize(frame.baseAddress, frame.count)
            // The two largest numbers stand for an unknown size and for an error.
            if content >= UInt64.max - 1 { known = false } else { total = total.addingSaturated(content) }
            rest = rest.dropFirst(byteCount)
        }
        guard total <= UInt64(expected), !known || total == UInt64(expected) else {
            throw Malformed("frames that unpack to \(total) bytes")
        }
    }

    /// Compresses to one frame that states its content size.
    static func pack(_ input: UnsafeRawBufferPointer, level: Int) throws(Malformed) -> ShardMemory {
        let output = try ShardMemory(byteCount: ZSTD_compressBound(input.count))
        guard let context = ZSTD_createCCtx() else { throw Malformed("no memory for a zstd context") }
        defer { ZSTD_freeCCtx(context) }
        let result = output.withBytes {
            ZSTD_compressCCtx(context, $0.baseAddress, $0.count, input.baseAddress, input.count, Int32(level))
        }
        guard ZSTD_isError(result) == 0 else { throw Malformed(reason(result)) }
        output.byteCount = result
        return output
    }

    private static func reason(_ code: Int) -> String { String(cString: ZSTD_getErrorName(code)) }
}

/// A few contexts that nobody uses, of about 100 KB each.
private final class Contexts: Sendable {
    /// Unchecked because it has one owner at a time.
    struct Context: @unchecked Sendable {
        let pointer: OpaquePointer
    }

    private static let mostIdle = 4
    private let idle = Lock<[Context]>([])

    /// One that nobody else has until it is recycled; nil if there is no memory.
    func take() -> Context? {
        if let context = idle.withLock({ $0.popLast() }) { return context }
        return ZSTD_createDCtx().map { Context(pointer: $0) }
    }

    /// Takes one back, whatever became of its last frame: each begins anew.
    func recycle(_ context: Context) {
        let isKept = idle.withLock { idle in
            guard idle.count < Self.mostIdle else { return false }
            idle.append(context)
            return true
        }
        if !isKept { ZSTD_freeDCtx(context.pointer) }
    }
}

extension UInt64 {
    fileprivate func addingSaturated(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
