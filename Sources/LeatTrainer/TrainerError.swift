/// What went wrong in training, evaluating or predicting, in one sentence that names the numbers and says what to do.
public struct TrainerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        /// An argument that can't be, alone or beside the others: Keras' `ValueError`.
        case invalidArgument
        /// Inputs, targets and weights with different numbers of samples.
        case mismatchedSamples
        /// A class in the targets that has no class weight.
        case missingClassWeight
        /// Nothing to train on, to validate with, or to evaluate.
        case noData
        /// A training runs already, and this can't be done beside it.
        case busy
        /// A file could not be written.
        case fileNotWritten
        /// The system gave no thread.
        case noThread
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
