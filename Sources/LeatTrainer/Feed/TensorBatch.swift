import LeatCore
import LeatPipeline

/// All samples of a dataset in memory, checked to be equally many inputs, targets and weights.
struct TensorBatch {
    let inputs: Tensor
    let targets: Tensor?
    var sampleWeights: Tensor?

    var count: Int { inputs.length }

    /// Checks that the tensors have an axis of samples, and as many of them.
    ///
    /// - Throws: `TrainerError` if they have not.
    init(_ inputs: Tensor, _ targets: Tensor?, sampleWeights: Tensor?) throws {
        let others = [("targets", targets), ("sample weights", sampleWeights)]
        for (name, tensor) in [("inputs", inputs as Tensor?)] + others where tensor?.rank == 0 {
            throw TrainerError(.invalidArgument, "The \(name) are a single number; they need an axis of samples.")
        }
        for (name, tensor) in others {
            guard let tensor, tensor.length != inputs.length else { continue }
            throw TrainerError(
                .mismatchedSamples,
                "Found \(inputs.length) input samples and \(tensor.length) \(name): there must be as many of each.")
        }
        self.inputs = inputs
        self.targets = targets
        self.sampleWeights = sampleWeights
    }

    /// The first samples and the last, divided so that a share of `split` is last; nothing is copied.
    ///
    /// - Throws: `TrainerError` if the split is not within 0 and 1 or leaves one part without samples.
    func split(last split: Double) throws -> (first: TensorBatch, last: TensorBatch) {
        guard split > 0, split < 1 else {
            throw TrainerError(.invalidArgument, "validationSplit must be from 0 to below 1, but it is \(split).")
        }
        let boundary = Int((Double(count) * (1 - split)).rounded(.down))
        guard boundary > 0, boundary < count else {
            throw TrainerError(
                .noData,
                "A validationSplit of \(split) divides \(count) samples into \(boundary) for training "
                    + "and \(count - boundary) for validation; neither may be none.")
        }
        return try (rows(0..<boundary), rows(boundary..<count))
    }

    private func rows(_ range: Range<Int>) throws -> TensorBatch {
        try TensorBatch(
            inputs[range], targets.map { try $0[range] }, sampleWeights: sampleWeights.map { try $0[range] })
    }
}
