/// Why a model can't be built, compiled or given data, in one sentence that names the layer and the shapes.
public struct ModelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        case unknownName, invalidArgument, shapeMismatch, duplicateName, noInputShape, noSuchLayer, emptyModel
        case notCompiled
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

    /// An unknown name, with the names that are known.
    static func unknown(_ kind: String, _ name: String, known: some Collection<String>) -> ModelError {
        ModelError(
            .unknownName, "There is no \(kind) \"\(name)\"; known are \(known.sorted().joined(separator: ", ")).")
    }
}
