import Foundation
public import LeatCore
import LeatFormats

/// 1,797 handwritten digits of 8×8 pixels, small enough to come with the library.
///
/// The test set of UCI's "Optical Recognition of Handwritten Digits", as in scikit-learn's `load_digits`. Pixels are 0
/// to 16.
public enum Digits {
    /// The height and width of an image.
    private static let side = 8
    /// The number of images in the test part.
    private static let testCount = 360

    /// The digits parted into 1,437 to train on and 360 to test on, the same for the same seed.
    ///
    /// - Throws: `FormatError` if the data that belongs to the library is missing or damaged.
    public static func load(seed: UInt64 = 0) throws -> ImageClassificationData {
        let (images, labels) = try loadAll()
        let order = shuffledIndices(images.length, seed: seed)
        let part = { (indices: ArraySlice<Int>) in
            ImageClassificationData.Part(images: try images.rows(at: indices), labels: try labels.rows(at: indices))
        }
        return ImageClassificationData(
            train: try part(order.dropLast(testCount)), test: try part(order.suffix(testCount)), pixelMaximum: 16,
            classNames: (0..<10).map(String.init))
    }

    /// All digits in scikit-learn's order: images (1797, 8, 8, 1) and labels (1797,), both `uint8`.
    ///
    /// - Throws: `FormatError` if the data that belongs to the library is missing or damaged.
    public static func loadAll() throws -> (images: Tensor, labels: Tensor) {
        guard let path = Bundle.module.path(forResource: "digits.csv", ofType: "gz") else {
            throw FormatError(.missing, "The library's own data, digits.csv.gz, is not beside the program.")
        }
        let reader = try CSVReader(path, header: .absent)
        let columns = try reader.read(reader.count ?? 0).map { column in
            guard case .numbers(let values) = column else {
                throw FormatError(.corrupt, "'\(path)' holds something other than numbers.")
            }
            return try values.converted(to: .uint8).elements(as: UInt8.self)
        }
        guard columns.count == side * side + 1, let labels = columns.last else {
            throw FormatError(.corrupt, "'\(path)' has \(columns.count) columns instead of \(side * side + 1).")
        }
        let pixels = labels.indices.flatMap { row in columns.dropLast().map { $0[row] } }
        return (try Tensor(pixels, shape: [labels.count, side, side, 1]), Tensor(labels))
    }

    /// Fisher and Yates' shuffle, written out because the standard library's may change.
    private static func shuffledIndices(_ count: Int, seed: UInt64) -> [Int] {
        var generator = PhiloxGenerator(seed: seed)
        var order = Array(0..<count)
        for last in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(last, Int(generator.next() % UInt64(last + 1)))
        }
        return order
    }
}
