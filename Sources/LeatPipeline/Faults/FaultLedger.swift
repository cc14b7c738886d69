/// Decides about batches that can't be made, in the order of their turns, and keeps the record.
///
/// A pure value: the decisions follow from the policy, the record and the position alone, so a run that is resumed
/// with the record goes on as it would have.
struct FaultLedger: Sendable {
    let policy: FaultPolicy
    /// What was skipped and replaced so far.
    private(set) var faults: [BatchFault]

    init(_ policy: FaultPolicy = .raise, faults: [BatchFault] = []) {
        self.policy = policy
        self.faults = faults
    }

    /// Whether a place that was given to a worker may have to be given to one again.
    var mayReplace: Bool { if case .replace = policy { true } else { false } }

    enum Verdict {
        case raise(any Error)
        case skip
        case replace
    }

    /// The verdict over a batch whose turn has come and which can't be made.
    ///
    /// - Parameters:
    ///   - ticket: The batch.
    ///   - error: What went wrong.
    ///   - batches: The batches from the first of epoch 0 to this one.
    ///   - replacement: The batch that may come in its place; nil if none is left to try.
    /// - Returns: What is to happen.
    mutating func judge(_ ticket: Ticket, _ error: any Error, batches: Int, replacement: Int?) -> Verdict {
        let (allowance, verdict): (FaultAllowance, Verdict)
        switch policy {
        case .raise: return .raise(error.original)
        case .skip(let limit): (allowance, verdict) = (limit, .skip)
        case .replace(let limit):
            guard replacement != nil else { return .raise(Self.nothingLeft(ticket, error)) }
            (allowance, verdict) = (limit, .replace)
        }
        var fault = BatchFault(ticket, error)
        if case .replace = verdict { fault.replacement = replacement }
        let limit = allowance.limit(ofFirst: batches)
        guard faults.count < limit else { return .raise(Self.tooMany(fault, limit)) }
        faults.append(fault)
        return verdict
    }

    private static func tooMany(_ fault: BatchFault, _ limit: Int) -> PipelineError {
        PipelineError(
            .tooManyFaults,
            "Batch \(fault.batch) of epoch \(fault.epoch) can't be made, and \(limit) \(limit == 1 ? "other" : "others") could not be made "
                + "before it, which is all that the fault policy allows: \(fault.reason)", fault: fault)
    }

    private static func nothingLeft(_ ticket: Ticket, _ error: any Error) -> PipelineError {
        let fault = BatchFault(ticket, error)
        return PipelineError(
            .tooManyFaults,
            "Batch \(fault.batch) of epoch \(fault.epoch) can't be made, and no other batch of the epoch that could "
                + "come in its place: \(fault.reason)", fault: fault)
    }
}

/// What the queue hands to a stream in place of a batch that is left out.
struct SkippedBatch: Error {}
