/// What went wrong with a tensor, in one sentence that names the shapes and element types.
public struct TensorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        case shapeMismatch, dtypeMismatch, outOfBounds, tooLarge
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
