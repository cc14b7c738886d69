/// A batch that could not be made, and why: what a loader keeps of each batch that it skips or replaces.
public struct BatchFault: Sendable, Hashable, Codable {
    /// The pass over the source.
    public var epoch: Int
    /// The number of the batch.
    public var batch: Int
    /// The file that is to blame, a shard for one, where there is one and the source could tell.
    public var file: String?
    /// The sample's number in that file, from 0, where one is to blame and the source could tell.
    ///
    /// Where there is no file, or where each sample is a file as in folders of images, its number in the source.
    public var sample: Int?
    /// What went wrong, in the source's words.
    public var reason: String
    /// The batch that was to come in its place; nil if it was skipped.
    public var replacement: Int?

    /// A batch's fault.
    public init(
        epoch: Int, batch: Int, file: String? = nil, sample: Int? = nil, reason: String, replacement: Int? = nil
    ) {
        self.epoch = epoch
        self.batch = batch
        self.file = file
        self.sample = sample
        self.reason = reason
        self.replacement = replacement
    }

    /// What an error says about the batch over which it was thrown, here or in a worker process.
    init(_ ticket: Ticket, _ error: any Error) {
        if var fault = (error as? PipelineError)?.fault {
            (fault.epoch, fault.batch) = (ticket.epoch, ticket.index)
            self = fault
        } else {
            let place = error as? any LocatedError
            self.init(
                epoch: ticket.epoch, batch: ticket.index, file: place?.faultyFile, sample: place?.faultySample,
                reason: "\(error)")
        }
    }
}

extension BatchFault: CustomStringConvertible {
    /// What happened, in a sentence.
    public var description: String {
        // Most reasons name the file themselves.
        let unnamed = file.flatMap { reason.contains($0) ? nil : $0 }
        let place = [unnamed, sample.map { "sample \($0)" }].compactMap(\.self).joined(separator: ", ")
        let deed = replacement.map { "was replaced by batch \($0)" } ?? "was skipped"
        return "Batch \(batch) of epoch \(epoch) can't be made and \(deed)\(place.isEmpty ? "" : " (\(place))"): "
            + reason
    }
}

/// An error that knows which file or sample is to blame; a loader records it with the batch it skips.
public protocol LocatedError: Error {
    /// The file, if there is one to blame.
    var faultyFile: String? { get }
    /// The sample's number in the file, if one is to blame; in the source where there is no file.
    var faultySample: Int? { get }
}
