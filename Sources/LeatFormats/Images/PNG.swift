import CSpng
import LeatCore

/// PNG files, by libspng.
enum PNG {
    static func decode(_ bytes: [UInt8], _ colors: ImageColors, _ pixelLimit: Int, _ name: String) throws -> Tensor {
        guard let context = spng_ctx_new(0) else {
            throw FormatError(.unreadable, "\(name) can't be decoded: there is no memory for libspng.")
        }
        defer { spng_ctx_free(context) }
        func check(_ code: CInt) throws {
            guard code == 0 else {
                throw FormatError(.corrupt, "\(name) is no sound PNG file: \(String(cString: spng_strerror(code))).")
            }
        }
        return try bytes.withUnsafeBytes { input in
            // Notes and profiles aren't looked at and get little memory.
            try check(spng_set_chunk_limits(context, chunkLimit, chunkLimit))
            try check(spng_set_png_buffer(context, input.baseAddress, input.count))
            var header = spng_ihdr()
            try check(spng_get_ihdr(context, &header))
            let (width, height) = (Int(header.width), Int(header.height))
            try ImageDecoder.check(width: width, height: height, pixelLimit, name)
            var transparency = spng_trns()
            let hasTransparency = header.color_type == 3 && spng_get_trns(context, &transparency) == 0
            let layout = Layout(header, colors, hasTransparency: hasTransparency)
            let dtype: DType = layout.is16Bit ? .uint16 : .uint8
            let tensor = try Tensor(shape: [height, width, layout.channels], dtype: dtype) { pixels in
                var size = 0
                try check(spng_decoded_image_size(context, layout.format, &size))
                guard size == pixels.count else {
                    throw FormatError(.corrupt, "\(name) is no sound PNG file: its size makes no sense.")
                }
                let flags = hasTransparency ? CInt(SPNG_DECODE_TRNS.rawValue) : 0
                try check(spng_decode_image(context, pixels.baseAddress, pixels.count, layout.format, flags))
            }
            return colors == .grayscale && layout.channels == 3 ? try brightness(of: tensor) : tensor
        }
    }

    private static let chunkLimit = 16 << 20

    /// What libspng is to make of a file.
    private struct Layout {
        var format: CInt
        var channels: Int
        var is16Bit = false

        init(_ header: spng_ihdr, _ colors: ImageColors, hasTransparency: Bool) {
            func with(_ format: spng_format, _ channels: Int, is16Bit: Bool = false) -> Layout {
                Layout(format: CInt(format.rawValue), channels: channels, is16Bit: is16Bit)
            }
            let isGray = header.color_type == 0
            let is16Bit = header.bit_depth == 16
            switch (colors, header.color_type) {
            case (.rgb, _): self = with(SPNG_FMT_RGB8, 3)
            case (.grayscale, _): self = isGray && !is16Bit ? with(SPNG_FMT_G8, 1) : with(SPNG_FMT_RGB8, 3)
            case (.stored, 3): self = hasTransparency ? with(SPNG_FMT_RGBA8, 4) : with(SPNG_FMT_RGB8, 3)
            case (.stored, 0) where !is16Bit: self = with(SPNG_FMT_G8, 1)
            case (.stored, let type):
                self = with(SPNG_FMT_PNG, type == 0 ? 1 : type == 4 ? 2 : type == 2 ? 3 : 4, is16Bit: is16Bit)
            }
        }

        private init(format: CInt, channels: Int, is16Bit: Bool) {
            (self.format, self.channels, self.is16Bit) = (format, channels, is16Bit)
        }
    }

    /// The luma (ITU-R BT.601) of an image of three colours, in the fixed-point arithmetic of Pillow.
    private static func brightness(of image: Tensor) throws -> Tensor {
        try Tensor(shape: [image.shape[0], image.shape[1], 1], dtype: .uint8) { output in
            image.withUnsafeBytes { input in
                for index in output.indices {
                    let (red, green, blue) = (input[3 * index], input[3 * index + 1], input[3 * index + 2])
                    let sum = UInt32(red) * 19595 + UInt32(green) * 38470 + UInt32(blue) * 7471 + 0x8000
                    output[index] = UInt8(sum >> 16)
                }
            }
        }
    }
}
