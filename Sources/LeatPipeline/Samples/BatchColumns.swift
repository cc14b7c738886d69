import LeatCore

/// Which columns of samples become a batch's inputs, targets and sample weights.
public struct BatchColumns: Sendable, Hashable, Codable {
    /// The column of the inputs.
    public var inputs: String
    /// The column of the targets; nil for none.
    public var targets: String?
    /// The column of the sample weights; nil for none.
    public var sampleWeights: String?

    /// The given columns.
    public init(inputs: String, targets: String? = nil, sampleWeights: String? = nil) {
        self.inputs = inputs
        self.targets = targets
        self.sampleWeights = sampleWeights
    }

    /// Keras' names: `x`, and where there are such columns `y` and `sample_weight`.
    init(of sample: Sample) {
        inputs = "x"
        targets = sample["y"].map { _ in "y" }
        sampleWeights = sample["sample_weight"].map { _ in "sample_weight" }
    }
}

/// Makes one batch of some samples.
struct Collation: Sendable {
    /// Nil for Keras' names.
    var columns: BatchColumns?
    /// Nil where shapes must be equal.
    var padding: BatchPadding?

    /// The samples' arrays, stacked along a new axis 0.
    ///
    /// - Throws: `PipelineError` if a column is missing or the arrays don't fit together.
    func batch(of samples: [Sample]) throws -> Batch {
        guard let first = samples.first else { throw PipelineError(.emptySource, "A batch of no samples.") }
        let columns = columns ?? BatchColumns(of: first)
        return Batch(
            try stacked(columns.inputs, samples, padding?.value, shape: padding?.inputShape),
            try columns.targets.map { try stacked($0, samples, padding?.targetValue) },
            sampleWeights: try columns.sampleWeights.map { try stacked($0, samples, padding == nil ? nil : 0) })
    }

    private func stacked(_ name: String, _ samples: [Sample], _ value: Double?, shape: Shape? = nil) throws -> Tensor {
        let tensors = try samples.map { sample throws(PipelineError) in try sample.tensor(name) }
        let isAlike = tensors.allSatisfy { $0.shape == tensors[0].shape && $0.dtype == tensors[0].dtype }
        do {
            if let value, !isAlike || shape.map({ $0 != tensors[0].shape }) ?? false {
                return try Tensor.stacked(tensors, paddedTo: shape, with: value, at: padding?.side ?? .end)
            }
            return try Tensor.stacked(tensors)
        } catch {
            let advice = value == nil ? " Batches of different shapes must be padded." : ""
            throw PipelineError(.shapeMismatch, "The column '\(name)' makes no batch: \(error)\(advice)")
        }
    }
}
