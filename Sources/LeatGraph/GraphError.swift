/// Why a graph can't be built, compiled or run, in one sentence that names the operation and the shapes.
public struct GraphError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        case shapeMismatch, invalidArgument, unsupported, outOfMemory, labelOutOfRange, kernelFailed
        case indexOutOfRange
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
