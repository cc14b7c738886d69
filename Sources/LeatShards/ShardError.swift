public import LeatPipeline

/// What is wrong with a shard dataset, in one sentence that names the file, the sample and what was expected.
public struct ShardError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        /// A file is not there or can't be read.
        case unreadable
        /// `index.json` is not an index, or contradicts itself.
        case badIndex
        /// A shard's bytes are not what the format or the index says.
        case badShard
        /// A file or what it unpacks to has another size than the index says.
        case wrongSize
        /// A file's hash is not the recorded one.
        case wrongHash
        /// A compression, an encoding or a hash that Leat does not know.
        case unknownCompression, unknownEncoding, unknownHash
        /// An encoding that would run code on reading.
        case unsafeEncoding
        /// A column that is not there, or that can't become what was asked for.
        case badColumn
        /// A sample's value does not fit its column, or the samples of a batch don't fit together.
        case badValue
        /// A number outside of what the dataset has, or a setting outside of its range.
        case outOfRange
        /// The dataset would overwrite another one.
        case alreadyExists
        /// Somebody else is writing to the folder.
        case inUse
        /// A file can't be written.
        case unwritable
    }

    /// The kind of failure.
    public let code: Code
    /// The file or folder that the failure is about.
    public let file: String
    /// The whole story, one sentence.
    public let message: String
    /// The sample's number in the file, if the failure is about one.
    public let sample: Int?

    /// An error of the given kind about a file.
    public init(_ code: Code, _ file: String, _ message: String, sample: Int? = nil) {
        self.code = code
        self.file = file
        self.sample = sample
        self.message = message
    }

    /// The file and the message.
    public var description: String { "\(file): \(message)" }
}

extension ShardError: LocatedError {
    /// The file or folder that the failure is about.
    public var faultyFile: String? { file }
    /// The sample's number in the file, if the failure is about one.
    public var faultySample: Int? { sample }
}
