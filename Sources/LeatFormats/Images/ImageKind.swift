/// The formats of images that are told by their first bytes.
enum ImageKind: Hashable {
    case jpeg, png

    /// Nil if the bytes begin neither like a JPEG nor like a PNG file.
    init?(_ bytes: some Collection<UInt8>) {
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else {
            return nil
        }
    }
}
