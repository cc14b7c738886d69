/// Batches of several sources, mixed in fixed shares: each batch is one source's, and sources take turns evenly.
///
/// ```swift
/// let mixed = try MixedSequence([(news, .proportion(0.7)), (books, .proportion(0.3))])
/// ```
///
/// Wherever an epoch is cut, each source has given its share up to a batch or so. A source's own batches come in its own
/// order, pass after pass: where an epoch takes half of a source, the next one takes the other half; where it takes two
/// passes, the second is the source's next epoch, shuffled anew if the source shuffles. Batches are found by number
/// without memory for their order.
///
/// To mix samples within batches, see `ShardDataset(streams:)`.
public struct MixedSequence<Part: BatchSequence>: BatchSequence {
    /// The sources, and how many batches of each an epoch takes.
    public let parts: [(source: Part, share: MixShare)]
    /// How many batches of each source an epoch takes.
    public let counts: [Int]
    private let sizes: [Int]
    private let total: Int?

    /// A mixture of sources.
    ///
    /// - Parameters:
    ///   - parts: The sources and their shares.
    ///   - count: The batches of an epoch, to be divided by proportions; by default all that the sources have.
    /// - Throws: `PipelineError` if shares don't go together, or something is to be taken from a source without batches.
    public init(_ parts: [(source: Part, share: MixShare)], count: Int? = nil) throws(PipelineError) {
        self.parts = parts
        total = count
        sizes = parts.map(\.source.count)
        counts = try MixShare.counts(parts.map(\.share), sizes: sizes, total: count) { missing, fractions in
            // The largest remainders, the first of equal ones.
            let order = fractions.indices.sorted { (fractions[$1], $0) < (fractions[$0], $1) }
            return Array(order.prefix(missing))
        }
    }

    /// The number of batches in an epoch.
    public var count: Int { counts.reduce(0, +) }

    /// The batch with the given number in the first epoch.
    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    /// The batch with the given number in an epoch.
    ///
    /// - Throws: `PipelineError` if there is no such batch, and whatever the source throws.
    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        guard (0..<count).contains(index) else {
            throw PipelineError(.invalidSetting, "There is no batch \(index); an epoch has \(count) batches.")
        }
        guard epochs.contains(epoch) else {
            throw PipelineError(.invalidSetting, "Epoch \(epoch) of a mixture is out of reach; there are \(1 << 31).")
        }
        let (part, batch, pass) = origin(ofBatch: index, epoch: epoch)
        return try await parts[part].source.batch(at: batch, epoch: pass)
    }

    /// What the batch's source says of one that can't be made.
    public func fault(ofBatch index: Int, epoch: Int) async -> SampleFault? {
        guard (0..<count).contains(index), epochs.contains(epoch) else { return nil }
        let (part, batch, pass) = origin(ofBatch: index, epoch: epoch)
        return await parts[part].source.fault(ofBatch: batch, epoch: pass)
    }

    private var epochs: Range<Int> { 0..<1 << 31 }

    /// Whose batch it is, and which of the source's batches, in which of its passes.
    private func origin(ofBatch index: Int, epoch: Int) -> (part: Int, batch: Int, pass: Int) {
        let (part, turn) = Turns(counts).turn(at: index)
        let (pass, batch) = (epoch * counts[part] + turn).quotientAndRemainder(dividingBy: sizes[part])
        return (part, batch, pass)
    }

    /// Tells all sources; their own passes may end in the middle of an epoch, or not at its end.
    public func onEpochEnd() async { for part in parts { await part.source.onEpochEnd() } }

    /// The sources' settings, each under `part`, and what is taken of each.
    public var stateSettings: [String: StateValue] {
        var settings: [String: StateValue] = ["parts": .number(UInt64(parts.count))]
        for (number, part) in parts.enumerated() {
            settings["part\(number).taken"] = .number(UInt64(counts[number]))
            settings["part\(number).batches"] = .number(UInt64(sizes[number]))
            for (name, value) in part.source.stateSettings { settings["part\(number).\(name)"] = value }
        }
        return settings
    }
}

extension MixedSequence: WorkerSource where Part: WorkerSource {
    /// The parts' configurations and shares.
    public struct Configuration: Codable, Sendable {
        var parts: [Part.Configuration]
        var shares: [MixShare]
        var count: Int?
    }

    /// The name of the parts' source, as one of a mixture: `leat.mixed.leat.shards`.
    public static var workerName: String { "leat.mixed.\(Part.workerName)" }

    /// What a worker needs to open all parts.
    public var configuration: Configuration {
        Configuration(parts: parts.map(\.source.configuration), shares: parts.map(\.share), count: total)
    }

    /// Opens all parts.
    public init(configuration: Configuration) async throws {
        guard configuration.parts.count == configuration.shares.count else {
            throw PipelineError(
                .invalidSetting,
                "A mixture of \(configuration.parts.count) sources has \(configuration.shares.count) shares.")
        }
        var parts: [(source: Part, share: MixShare)] = []
        for (part, share) in zip(configuration.parts, configuration.shares) {
            parts.append((try await Part(configuration: part), share))
        }
        try self.init(parts, count: configuration.count)
    }
}

/// Who has which turn, when several take turns as evenly as possible.
///
/// The k-th of n turns comes at the time (2k + 1) / 2n; of turns at the same time the first source's comes first.
struct Turns {
    private let counts: [Int]

    /// Turns for sources with so many each, together fewer than 2³².
    init(_ counts: [Int]) { self.counts = counts }

    /// The source that has the turn with the given number, and which of its own turns that is.
    func turn(at number: Int) -> (source: Int, turn: Int) {
        for source in counts.indices {
            // Its last turn that comes at the number or before.
            var (low, high) = (0, counts[source])
            while low < high {
                let middle = (low + high) / 2
                if self.number(of: middle, of: source) <= number { low = middle + 1 } else { high = middle }
            }
            if low > 0, self.number(of: low - 1, of: source) == number { return (source, low - 1) }
        }
        preconditionFailure("There are \(counts.reduce(0, +)) turns, and none with the number \(number).")
    }

    /// How many turns come before one of a source.
    private func number(of turn: Int, of source: Int) -> Int {
        let own = counts[source]
        var number = turn
        for other in counts.indices where other != source {
            let time = (2 * turn + 1) * counts[other]
            number += (time + (other < source ? own : own - 1)) / (2 * own)
        }
        return number
    }
}
