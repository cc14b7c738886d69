/// What went wrong between a source of batches and the trainer, in one sentence that says what was expected.
public struct PipelineError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, Sendable, Hashable {
        /// An argument has a value that makes no sense.
        case invalidSetting
        /// A state was saved under other settings than those it is to be resumed with.
        case changedSettings
        /// The source has no batches.
        case emptySource
        /// Tensors that belong together have different numbers of samples.
        case shapeMismatch
        /// A sample doesn't have the column that was asked for.
        case missingColumn
        /// The source can't be sent to another process.
        case notSendableToProcesses
        /// Two tasks asked one stream for a batch at the same time.
        case concurrentConsumers
        /// A thread, pipe or process could not be made.
        case systemResource
        /// A program did not start to serve as a worker.
        case workerDidNotStart
        /// A worker could not open its source.
        case sourceDidNotOpen
        /// A worker reported that a batch could not be made.
        case batchFailed
        /// A batch ended several workers, one after the other.
        case poisonousBatch
        /// A frame breaks the worker protocol.
        case protocolViolation
        /// More batches can't be made than the fault policy allows.
        case tooManyFaults
        /// The consumer has waited too long for a batch, which may still come.
        case stalled
    }

    /// The kind of failure.
    public let code: Code
    /// The whole story, one sentence or two.
    public let message: String
    /// The batch that is to blame, and what else is known of it, where there is one.
    public let fault: BatchFault?

    /// An error of the given kind.
    public init(_ code: Code, _ message: String, fault: BatchFault? = nil) {
        self.code = code
        self.message = message
        self.fault = fault
    }

    /// The message.
    public var description: String { message }
}
