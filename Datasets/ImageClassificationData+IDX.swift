import Foundation
import LeatCore
import LeatFormats

extension ImageClassificationData {
    /// The four IDX files of a dataset in MNIST's form, plain or compressed with gzip.
    ///
    /// - Throws: `FormatError` if one is missing or damaged, or if images and labels don't match.
    init(idxFolder folder: String, classNames: [String]) throws {
        train = try Self.part("train", in: folder, classCount: classNames.count)
        test = try Self.part("t10k", in: folder, classCount: classNames.count)
        pixelMaximum = 255
        self.classNames = classNames
    }

    /// The path of a file that is there under its name, with `.gz`, or with a dot before `idx`.
    static func idxFile(_ name: String, in folder: String) -> String? {
        let dotted = name.replacing("-idx", with: ".idx")
        return [name, name + ".gz", dotted, dotted + ".gz"].map { "\(folder)/\($0)" }
            .first { FileManager.default.fileExists(atPath: $0) }
    }

    private static func part(_ prefix: String, in folder: String, classCount: Int) throws -> Part {
        let images = try read("\(prefix)-images-idx3-ubyte", in: folder)
        let labels = try read("\(prefix)-labels-idx1-ubyte", in: folder)
        guard images.rank == 3, images.dtype == .uint8, labels.dtype == .uint8, labels.shape == [images.length] else {
            throw FormatError(
                .corrupt, "The \(prefix) files in '\(folder)' don't match: images are \(images), labels \(labels).")
        }
        guard try labels.withSpan(as: UInt8.self, { span in span.indices.allSatisfy { span[$0] < classCount } }) else {
            throw FormatError(.corrupt, "The \(prefix) labels in '\(folder)' go beyond the \(classCount) classes.")
        }
        return Part(images: try images.reshaped(to: Shape(images.shape.dimensions + [1])), labels: labels)
    }

    private static func read(_ name: String, in folder: String) throws -> Tensor {
        guard let path = idxFile(name, in: folder) else {
            throw FormatError(.missing, "'\(folder)' has no file '\(name)' and no '\(name).gz'.")
        }
        return try IDX.read(path)
    }
}
