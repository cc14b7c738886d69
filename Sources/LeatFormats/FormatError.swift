public import LeatPipeline

/// What went wrong with a file, in one sentence that names the file and what was expected of it.
public struct FormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        /// The system can't open or read the file.
        case unreadable
        /// The system can't write the file.
        case unwritable
        /// The file is not of the format it was taken for.
        case wrongFormat
        /// The file ends before what its header promises.
        case truncated
        /// The content is damaged or contradicts itself.
        case corrupt
        /// The file is sound, but holds something that has no meaning here, such as pickled objects.
        case unsupported
        /// The file doesn't hold what was asked for.
        case missing
        /// A request that makes no sense, whatever the file holds.
        case invalidArgument
    }

    /// The kind of failure.
    public let code: Code
    /// The whole story, one sentence.
    public let message: String
    /// The file, where the message is about reading or opening one.
    public let file: String?

    /// An error of the given kind.
    public init(_ code: Code, _ message: String, file: String? = nil) {
        self.code = code
        self.message = message
        self.file = file
    }

    /// The message.
    public var description: String { message }
}

extension FormatError: LocatedError {
    /// The file, where the message is about reading or opening one.
    public var faultyFile: String? { file }
    /// Nil: which sample it is, a source tells by `place(of:)`.
    public var faultySample: Int? { nil }
}
