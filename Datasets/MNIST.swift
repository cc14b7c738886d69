import LeatCore
import LeatFormats

/// The handwritten digits of LeCun, Cortes and Burges: 60,000 images of 28×28 pixels to train on, 10,000 to test on.
public enum MNIST {
    /// The four IDX files in a folder, plain or compressed with gzip.
    ///
    /// - Throws: `FormatError` if one is missing or damaged.
    public static func load(from folder: String) throws -> ImageClassificationData {
        try ImageClassificationData(idxFolder: folder, classNames: (0..<10).map(String.init))
    }
}
