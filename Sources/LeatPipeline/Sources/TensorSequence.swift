public import LeatCore
import Synchronization

/// Batches cut from tensors in memory, a sample a row: what `fit` trains on.
///
/// The last batch of an epoch is short if the batch size does not divide the number of samples, unless it is to be left
/// out or filled up. In order, batches share the tensors' storage; shuffled, or where several ranks read, their rows are
/// copied.
public struct TensorSequence: BatchSequence {
    /// All samples.
    public let inputs: Tensor
    /// What the model should say to each sample.
    public let targets: Tensor?
    /// How much each sample counts.
    public let sampleWeights: Tensor?
    /// How samples become batches, and which of them are read here.
    public let plan: BatchPlan
    /// Selects the samples' order in each epoch; nil keeps the order of the rows.
    public let shuffleSeed: UInt64?

    private let orders: OrderCache

    /// Batches of the given tensors.
    ///
    /// - Parameters:
    ///   - inputs: All samples.
    ///   - targets: What the model should say to each sample.
    ///   - sampleWeights: How much each sample counts.
    ///   - batchSize: The number of samples in a batch, those of all ranks together.
    ///   - shuffleSeed: Selects the samples' order, another in each epoch; nil keeps the order of the rows.
    ///   - dropRemainder: Whether a last, smaller batch is left out.
    ///   - padRemainder: Whether a last, smaller batch is filled up with the first samples of the epoch.
    ///   - rank: Which part of each batch is read here, where several programs train together.
    /// - Throws: `PipelineError` if there are no samples, the tensors have different numbers of them, or the batch size is
    ///   not positive or can't be divided between the ranks.
    public init(
        _ inputs: Tensor, _ targets: Tensor? = nil, sampleWeights: Tensor? = nil, batchSize: Int = 32,
        shuffleSeed: UInt64? = nil, dropRemainder: Bool = false, padRemainder: Bool = false, rank: Rank = .only
    ) throws(PipelineError) {
        for (name, tensor) in [("inputs", inputs), ("targets", targets), ("sample weights", sampleWeights)] {
            guard let tensor else { continue }
            guard tensor.rank > 0, tensor.length == inputs.length else {
                throw PipelineError(
                    .shapeMismatch,
                    "The \(name) have shape \(tensor.shape), the inputs have shape \(inputs.shape); "
                        + "both must have one row a sample."
                )
            }
        }
        guard inputs.length > 0 else {
            throw PipelineError(.emptySource, "Inputs of shape \(inputs.shape) hold no samples.")
        }
        self.inputs = inputs
        self.targets = targets
        self.sampleWeights = sampleWeights
        plan = try BatchPlan(
            positionCount: inputs.length, batchSize: batchSize, dropRemainder: dropRemainder,
            padRemainder: padRemainder, rank: rank)
        self.shuffleSeed = shuffleSeed
        orders = OrderCache()
    }

    /// The samples in a batch of all ranks together.
    public var batchSize: Int { plan.batchSize }

    /// The number of samples.
    public var sampleCount: Int { inputs.length }

    /// The shapes, the batch size and the shuffling; the values are the caller's to keep.
    public var stateSettings: [String: StateValue] {
        var settings: [String: StateValue] = [
            "inputs": .text("\(inputs.dtype)\(inputs.shape)"), "batchSize": .number(UInt64(batchSize)),
            "shuffle": .flag(shuffleSeed != nil),
        ]
        settings["targets"] = targets.map { .text("\($0.dtype)\($0.shape)") }
        settings["sampleWeights"] = sampleWeights.map { .text("\($0.dtype)\($0.shape)") }
        settings["seed"] = shuffleSeed.map { .number($0) }
        return settings.merging(plan.remainderSettings) { $1 }
    }

    /// The number of batches in an epoch.
    public var count: Int { plan.count }

    /// The batch of the first epoch with the given number.
    public func batch(at index: Int) async throws -> Batch { try await batch(at: index, epoch: 0) }

    /// The batch with the given number in an epoch.
    public func batch(at index: Int, epoch: Int) async throws -> Batch {
        guard (0..<count).contains(index) else {
            throw PipelineError(.invalidSetting, "There is no batch \(index); an epoch has \(count) batches.")
        }
        let positions = plan.positions(ofBatch: index)
        if shuffleSeed == nil, let rows = positions.runs.first, rows.count == positions.count {
            return Batch(try inputs[rows], try targets?[rows], sampleWeights: try sampleWeights?[rows])
        }
        let order = shuffleSeed.map { orders.order(count: sampleCount, seed: $0, epoch: epoch) }
        let chosen = order.map { order in positions.map { order[$0] } } ?? positions
        return Batch(
            try inputs.rows(at: chosen), try targets?.rows(at: chosen),
            sampleWeights: try sampleWeights?.rows(at: chosen))
    }
}

/// Remembers the latest epoch's order, so that it is worked out once and not for each batch.
private final class OrderCache: Sendable {
    private let latest = Lock<(epoch: Int, order: BatchOrder)?>(nil)

    func order(count: Int, seed: UInt64, epoch: Int) -> BatchOrder {
        latest.withLock { latest in
            if let latest, latest.epoch == epoch { return latest.order }
            let order = BatchOrder(count: count, shuffledBy: seed, epoch: epoch)
            latest = (epoch, order)
            return order
        }
    }
}
