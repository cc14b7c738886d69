import LeatCore
import LeatPipeline

/// A batch on its way into a step; its inputs may still be rows here and there in a dataset.
struct FedBatch {
    let inputs: TensorRows
    let targets: Tensor?
    let sampleWeights: Tensor?

    /// The number of samples.
    var count: Int { inputs.length }

    init(_ inputs: TensorRows, _ targets: Tensor?, sampleWeights: Tensor?) {
        self.inputs = inputs
        self.targets = targets
        self.sampleWeights = sampleWeights
    }

    init(_ batch: Batch) {
        self.init(TensorRows(batch.inputs), batch.targets, sampleWeights: batch.sampleWeights)
    }
}
