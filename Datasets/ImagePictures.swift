public import LeatCore

/// Draws grey images side by side in characters, for terminals.
///
/// Small images take two columns a pixel; those wider than 14 pixels one column a pixel and one line for two rows, so
/// that they keep their proportions.
///
/// - Parameters:
///   - images: `uint8` of shape (n, height, width, 1).
///   - captions: A line under each image.
///   - maximum: The value of a pixel at its brightest.
/// - Returns: Lines separated by newlines; each image is followed by a gap of two columns.
/// - Throws: `TensorError` if the images have another shape or type.
public func pictures(of images: Tensor, captions: [String], maximum: Int) throws -> String {
    guard images.rank == 4, images.shape[3] == 1 else {
        throw TensorError(
            .shapeMismatch, "Grey images of shape (n, height, width, 1) can be drawn, not \(images.shape).")
    }
    let shades = Array(" ░▒▓█")
    let (height, width) = (images.shape[1], images.shape[2])
    let (rowsPerLine, columnsPerPixel) = width > 14 ? (2, 1) : (1, 2)
    let pixels = try images.elements(as: UInt8.self)
    var lines = stride(from: 0, to: height, by: rowsPerLine).map { top in
        (0..<images.length).map { image in
            (0..<width).map { column in
                let rows = top..<min(top + rowsPerLine, height)
                let sum = rows.reduce(0) { $0 + Int(pixels[(image * height + $1) * width + column]) }
                let shade = sum * (shades.count - 1) / max(maximum * rows.count, 1)
                return String(repeating: shades[min(shade, shades.count - 1)], count: columnsPerPixel)
            }.joined()
        }.joined(separator: "  ")
    }
    let columns = width * columnsPerPixel
    lines.append(
        captions.prefix(images.length).map { caption in
            let shown = caption.prefix(columns)
            return shown + String(repeating: " ", count: columns - shown.count)
        }.joined(separator: "  "))
    return lines.joined(separator: "\n")
}
