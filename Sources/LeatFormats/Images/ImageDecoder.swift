public import LeatCore
public import LeatPipeline

/// Which colours a decoded image has.
public enum ImageColors: String, Sendable, Hashable, Codable {
    /// Red, green and blue, whatever the file has: shape (height, width, 3), `uint8`.
    case rgb
    /// Brightness, whatever the file has: shape (height, width, 1), `uint8`.
    case grayscale
    /// What the file has: 1 (grey), 2 (grey and opacity), 3 (colours) or 4 (colours and opacity) channels, `uint16` where
    /// a PNG file has 16 bits.
    case stored
}

/// Makes tensors of JPEG and PNG files, by libjpeg-turbo and libspng.
public enum ImageDecoder {
    /// The pixels that an image may have if nobody says otherwise: 128 Mi, beyond which nobody's pictures go.
    public static let defaultPixelLimit = 1 << 27

    /// The image in the bytes of a JPEG or PNG file.
    ///
    /// JPEG files are decoded as accurately as their format allows, PNG files exactly; neither is turned or
    /// corrected for gamma or profiles.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - colors: Which colours the image is to have.
    ///   - pixelLimit: The pixels that are decoded at most; a larger image is refused before it takes memory.
    ///   - name: What messages call the image.
    /// - Returns: The image, of shape (height, width, channels).
    /// - Throws: `FormatError` if the bytes are no such file, damaged, cut short or too large.
    public static func decode(
        _ bytes: [UInt8], colors: ImageColors = .rgb, pixelLimit: Int = defaultPixelLimit, name: String = "An image"
    ) throws -> Tensor {
        switch ImageKind(bytes) {
        case .jpeg: return try JPEG.decode(bytes, colors, pixelLimit, name)
        case .png: return try PNG.decode(bytes, colors, pixelLimit, name)
        case nil:
            throw FormatError(.wrongFormat, "\(name) begins neither like a JPEG nor like a PNG file.")
        }
    }

    /// Checks the size that a header states.
    ///
    /// - Throws: `FormatError` if it is too large.
    static func check(width: Int, height: Int, _ pixelLimit: Int, _ name: String) throws {
        guard width > 0, height > 0, width <= pixelLimit / height else {
            throw FormatError(
                .unsupported, "\(name) has \(width) × \(height) pixels; \(pixelLimit) are decoded at most.")
        }
    }
}

extension TransformableSamples {
    /// The samples with the JPEG or PNG file in a column replaced by the image.
    public func decodingImages(
        _ column: String = "image", colors: ImageColors = .rgb, pixelLimit: Int = ImageDecoder.defaultPixelLimit
    ) -> Transformed {
        map { sample in
            var sample = sample
            let bytes = try sample.bytes(column)
            sample[column] = .tensor(
                try ImageDecoder.decode(bytes, colors: colors, pixelLimit: pixelLimit, name: "The image in '\(column)'")
            )
            return sample
        }
    }
}
