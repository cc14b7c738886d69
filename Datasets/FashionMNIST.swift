import Foundation
import LeatCore
import LeatFormats

/// Zalando's articles of clothing in MNIST's form: 60,000 images of 28×28 pixels to train on, 10,000 to test on.
public enum FashionMNIST {
    /// Where Debian's package `dataset-fashion-mnist` puts the files.
    public static let defaultFolder = "/usr/share/datasets/fashion-mnist"

    /// The classes' names; a label is a position in this list.
    public static let classNames = [
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ]

    /// Whether the files are in the folder.
    public static func isAvailable(in folder: String = defaultFolder) -> Bool {
        ImageClassificationData.idxFile("train-images-idx3-ubyte", in: folder) != nil
    }

    /// The four IDX files in a folder, plain or compressed with gzip.
    ///
    /// - Throws: `FormatError` if one is missing, with what to do about it, or damaged.
    public static func load(from folder: String = defaultFolder) throws -> ImageClassificationData {
        guard isAvailable(in: folder) else {
            throw FormatError(
                .missing,
                "Fashion-MNIST is not in '\(folder)': on Debian and Ubuntu, `apt install dataset-fashion-mnist` brings "
                    + "it; elsewhere, name the folder that has its four IDX files.")
        }
        return try ImageClassificationData(idxFolder: folder, classNames: classNames)
    }
}
