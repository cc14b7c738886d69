public import LeatCore

/// What a model trains on in one step: inputs, targets and sample weights, a sample a row.
public struct Batch: Sendable, Equatable {
    /// The samples, stacked along axis 0.
    public var inputs: Tensor
    /// What the model should say to each sample; nil where only predictions are wanted.
    public var targets: Tensor?
    /// How much each sample counts in the loss; nil if all count alike.
    public var sampleWeights: Tensor?

    /// A batch of inputs, targets and sample weights, Keras' `(x, y, sample_weight)`.
    public init(_ inputs: Tensor, _ targets: Tensor? = nil, sampleWeights: Tensor? = nil) {
        self.inputs = inputs
        self.targets = targets
        self.sampleWeights = sampleWeights
    }

    /// The number of samples.
    public var count: Int { inputs.length }
}
