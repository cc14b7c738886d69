/// What went wrong with an HDF5 file, in one sentence that names the file and what was expected of it.
public struct HDF5Error: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        /// The file can't be opened or is no HDF5 file, or libhdf5 is not there.
        case unreadable
        /// The content is damaged.
        case corrupt
        /// The file doesn't hold what was asked for.
        case missing
        /// The file is sound, but holds something that has no meaning here.
        case unsupported
    }

    /// The kind of failure.
    public let code: Code
    /// The whole story, one sentence.
    public let message: String

    /// An error of the given kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    public var description: String { message }
}
