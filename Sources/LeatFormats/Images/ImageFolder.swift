import LeatCore
public import LeatPipeline

/// A folder that has a subfolder of JPEG and PNG files for each class, whose images are read by number.
///
/// Samples have `image`, the file's bytes, and `label`; `decodingImages()` makes tensors of the bytes. Classes and files
/// are numbered as `ImageFolderReader` does.
public struct ImageFolder: SampleSequence {
    /// The classes' names; a label is the position in this list.
    public let classNames: [String]

    private let items: [ImageFolderReader.Item]

    /// The folder at the path.
    ///
    /// - Throws: `FormatError` if there is no class or no image.
    public init(_ path: String) throws {
        (classNames, items) = try ImageFolderReader.list(path)
    }

    /// The number of images.
    public var count: Int { items.count }

    /// The image's file, and its number in the folder.
    public func place(of number: Int) -> SamplePlace {
        SamplePlace(file: items.indices.contains(number) ? items[number].path : nil, sample: number)
    }

    /// The images with the given numbers.
    ///
    /// - Throws: `FormatError` if there is no such image, or its file can't be read.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        try numbers.map { number in
            guard items.indices.contains(number) else {
                throw FormatError(.missing, "There is no image \(number) in a folder of \(count).")
            }
            let file = try FileSource(items[number].path)
            return Sample(["image": .bytes(try file.bytes(at: 0, file.size)), "label": .number(items[number].label)])
        }
    }
}
