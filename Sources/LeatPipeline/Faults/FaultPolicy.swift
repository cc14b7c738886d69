/// What a loader does about a batch that can't be made: its source throws, or it ends one worker process after another.
///
/// The decision is made when the batch's turn comes, so it is the same inline, with tasks and with processes, whatever
/// their number. It is for sources that know their batches by number; a sequence or closure that throws has ended.
public enum FaultPolicy: Sendable, Hashable, Codable {
    /// The consumer gets the error in the batch's place.
    case raise
    /// The batch is left out; an epoch has one batch less.
    case skip(FaultAllowance)
    /// The next batch of the pass' order that can be made comes in its place, and again in its own.
    case replace(FaultAllowance)
}

extension FaultPolicy {
    /// Whether batches come in the place of others.
    var replaces: Bool { if case .replace = self { true } else { false } }

    /// - Throws: `PipelineError` if its allowance makes no sense.
    func check() throws(PipelineError) {
        switch self {
        case .raise: break
        case .skip(let allowance), .replace(let allowance): try allowance.check()
        }
    }
}

/// How many batches may be skipped or replaced before the consumer gets an error after all; a replacement that can't be
/// made either counts as well.
public enum FaultAllowance: Sendable, Hashable, Codable {
    /// So many in all.
    case count(Int)
    /// A share of the batches so far, 0 to 1, counted from the first batch of epoch 0; one is always allowed.
    case share(Double)

    /// As many as there are.
    case unlimited

    /// How many of the first `batches` batches may fail.
    func limit(ofFirst batches: Int) -> Int {
        switch self {
        case .unlimited: .max
        case .count(let count): count
        case .share(let share): max(1, Int((share * Double(batches)).rounded(.down)))
        }
    }

    /// - Throws: `PipelineError` if it is no number or no share.
    fileprivate func check() throws(PipelineError) {
        switch self {
        case .count(let count) where count < 0:
            throw PipelineError(.invalidSetting, "An allowance of \(count) faults makes no sense; it is 0 or more.")
        case .share(let share) where !(0...1).contains(share):
            throw PipelineError(.invalidSetting, "A share of \(share) makes no sense; it is 0 to 1.")
        default: break
        }
    }
}
