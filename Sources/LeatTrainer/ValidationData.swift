public import LeatCore
public import LeatPipeline

/// What a model is validated with at the end of each epoch: Keras' `validation_data`.
public struct ValidationData: Sendable {
    enum Kind: Sendable {
        case tensors(Tensor, Tensor, sampleWeights: Tensor?)
        case source(BatchSource)
    }

    let kind: Kind

    /// Samples in memory, Keras' `(x_val, y_val)` and `(x_val, y_val, val_sample_weights)`.
    public static func tensors(_ x: Tensor, _ y: Tensor, sampleWeights: Tensor? = nil) -> ValidationData {
        ValidationData(kind: .tensors(x, y, sampleWeights: sampleWeights))
    }

    /// Batches from a source; one that has no `count` also needs `validationSteps`, and goes on in each epoch where
    /// it stopped in the one before.
    public static func source(_ source: BatchSource) -> ValidationData { ValidationData(kind: .source(source)) }

    /// Batches that are known by number, Keras' `Sequence`.
    public static func source(_ sequence: some BatchSequence) -> ValidationData { .source(BatchSource(sequence)) }
}
