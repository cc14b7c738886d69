import CTurboJPEG
import LeatCore

/// JPEG files, by libjpeg-turbo.
enum JPEG {
    static func decode(_ bytes: [UInt8], _ colors: ImageColors, _ pixelLimit: Int, _ name: String) throws -> Tensor {
        guard let handle = tjInitDecompress() else {
            throw FormatError(.unreadable, "\(name) can't be decoded: there is no memory for libjpeg-turbo.")
        }
        defer { tjDestroy(handle) }
        func failure() -> FormatError {
            FormatError(.corrupt, "\(name) is no sound JPEG file: \(String(cString: tjGetErrorStr2(handle))).")
        }
        let size = UInt(bytes.count)
        var (width, height, subsampling, space) = (CInt(0), CInt(0), CInt(0), CInt(0))
        guard tjDecompressHeader3(handle, bytes, size, &width, &height, &subsampling, &space) == 0 else {
            throw failure()
        }
        try ImageDecoder.check(width: Int(width), height: Int(height), pixelLimit, name)
        let fileSpace = TJCS(rawValue: TJCS.RawValue(space))
        guard fileSpace != TJCS_CMYK, fileSpace != TJCS_YCCK else {
            throw FormatError(.unsupported, "\(name) is a JPEG file in printing colours (CMYK), which isn't decoded.")
        }
        let isGray = colors == .grayscale || colors == .stored && fileSpace == TJCS_GRAY
        let format = isGray ? TJPF_GRAY : TJPF_RGB
        let channels = isGray ? 1 : 3
        // A warning is damage: part of the picture would be made up. Too many scans are an attack.
        let flags = TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS
        return try Tensor(shape: [Int(height), Int(width), channels], dtype: .uint8) { pixels in
            let output = pixels.bindMemory(to: UInt8.self).baseAddress
            guard tjDecompress2(handle, bytes, size, output, width, 0, height, CInt(format.rawValue), flags) == 0 else {
                throw failure()
            }
        }
    }
}
