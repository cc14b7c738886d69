public import LeatCore

/// The binary files of CIFAR-10: a label and a 32×32 image of three colours a record.
///
/// The file keeps a plane a colour; here images are (height, width, colour), as Keras loads them.
public enum CIFAR10 {
    /// Height and width of an image.
    static let side = 32
    static let planeByteCount = side * side
    /// Bytes of a record: the label, then red, green and blue.
    static let recordByteCount = 1 + 3 * planeByteCount

    /// Images (n, 32, 32, 3) and labels (n,), both `uint8`, of the files at the paths, one after another.
    ///
    /// - Throws: `FormatError` if a file can't be read, is truncated or has a label over 9.
    public static func read(_ paths: [String]) throws -> (images: Tensor, labels: Tensor) {
        let reader = try CIFAR10Reader(paths)
        return try reader.samples(reader.sampleCount)
    }
}

/// Reads the binary files of CIFAR-10 in order, a block of samples at a time.
public final class CIFAR10Reader: SampleReader {
    /// `image` (32, 32, 3) and `label`, both `uint8`.
    public let columns = [
        ColumnDescription("image", .numbers(.uint8, [CIFAR10.side, CIFAR10.side, 3])),
        ColumnDescription("label", .numbers(.uint8, [])),
    ]
    /// The number of samples in all files together.
    public let sampleCount: Int

    private var files: ArraySlice<FileSource>

    /// A reader of the files at the paths.
    ///
    /// - Throws: `FormatError` if a file can't be read or its size is not one of whole records.
    public init(_ paths: [String]) throws {
        files = try paths.map { try FileSource($0) }[...]
        for file in files where file.size % CIFAR10.recordByteCount != 0 {
            throw FormatError(
                .truncated,
                "\(file.name) has \(file.size) bytes, which is not a number of whole CIFAR-10 records of "
                    + "\(CIFAR10.recordByteCount) bytes.")
        }
        sampleCount = files.reduce(0) { $0 + $1.size / CIFAR10.recordByteCount }
    }

    /// The number of samples in all files together.
    public var count: Int? { sampleCount }

    /// The next `limit` samples; fewer where the files end.
    ///
    /// - Throws: `FormatError` if a file can't be read or has a label over 9.
    public func read(_ limit: Int) throws -> [Column] {
        let (images, labels) = try samples(limit)
        return [.numbers(images), .numbers(labels)]
    }

    func samples(_ limit: Int) throws -> (images: Tensor, labels: Tensor) {
        var labels: [UInt8] = []
        var pixels: [UInt8] = []
        while labels.count < limit, let file = files.first {
            let record = try file.prefix(CIFAR10.recordByteCount)
            guard !record.isEmpty else {
                files = files.dropFirst()
                continue
            }
            guard record.count == CIFAR10.recordByteCount, record[0] < 10 else {
                throw FormatError(
                    .corrupt, "\(file.name) is not a file of CIFAR-10: a record's label should be 0 to 9.")
            }
            labels.append(record[0])
            for pixel in 1...CIFAR10.planeByteCount {
                for plane in 0..<3 { pixels.append(record[pixel + plane * CIFAR10.planeByteCount]) }
            }
        }
        return (try Tensor(pixels, shape: [labels.count, CIFAR10.side, CIFAR10.side, 3]), Tensor(labels))
    }
}
