import LeatCore
import LeatPipeline

/// Batches cut from tensors in memory.
///
/// In order, a batch is a slice and nothing is copied; shuffled, its inputs are the numbers of their rows, and its
/// targets and weights are gathered into buffers that every batch uses again.
final class TensorFeed: BatchFeed {
    let count: Int
    let batchSize: Int
    let stepsPerEpoch: Int
    var samplesPerEpoch: Int? { steps == nil ? count : nil }

    private let tensors: TensorBatch
    private let shuffle: Shuffle
    private let seed: UInt64
    private let steps: Int?
    private var order = SampleOrder.sequential
    private var step = 0
    private var targets: RowBuffer?
    private var sampleWeights: RowBuffer?

    /// Batches of `batchSize` samples, the last one shorter where it must be.
    ///
    /// With `steps`, an epoch has that many batches and goes on where the one before stopped; when the samples run
    /// out, another pass begins.
    init(_ tensors: TensorBatch, batchSize: Int, shuffle: Shuffle = .none, seed: UInt64 = 0, steps: Int? = nil) {
        self.tensors = tensors
        // A batch can't be larger than all samples, and its size is multiplied below.
        let batchSize = min(batchSize, max(tensors.count, 1))
        self.batchSize = batchSize
        self.shuffle = shuffle
        self.seed = seed
        self.steps = steps
        count = tensors.count
        stepsPerEpoch = steps ?? (count + batchSize - 1) / batchSize
        targets = tensors.targets.map(RowBuffer.init)
        sampleWeights = tensors.sampleWeights.map(RowBuffer.init)
    }

    private var stepsPerPass: Int { (count + batchSize - 1) / batchSize }

    func beginEpoch(_ epoch: Int) {
        let firstStep = epoch.multipliedClamped(by: steps ?? stepsPerPass)
        step = firstStep % max(stepsPerPass, 1)
        beginPass(firstStep / max(stepsPerPass, 1))
    }

    private var pass = 0

    private func beginPass(_ pass: Int) {
        self.pass = pass
        order = SampleOrder(shuffle, count: count, batchSize: batchSize, seed: seed, pass: pass)
    }

    func next() throws -> FedBatch? {
        if step == stepsPerPass {
            guard steps != nil, stepsPerPass > 0 else { return nil }
            step = 0
            beginPass(pass + 1)
        }
        defer { step += 1 }
        switch order {
        case .sequential: return try slice(batch: step)
        case .batches(let numbers): return try slice(batch: step < numbers.count ? numbers[step] : step)
        case .samples(let numbers): return try gather(numbers[rows(ofBatch: step)])
        }
    }

    private func rows(ofBatch number: Int) -> Range<Int> {
        number * batchSize..<min((number + 1) * batchSize, count)
    }

    private func slice(batch number: Int) throws -> FedBatch {
        let rows = rows(ofBatch: number)
        return try FedBatch(
            TensorRows(tensors.inputs[rows]), tensors.targets.map { try $0[rows] },
            sampleWeights: tensors.sampleWeights.map { try $0[rows] })
    }

    private func gather(_ indices: Slice<BatchOrder>) throws -> FedBatch {
        let capacity = min(batchSize, count)
        return try FedBatch(
            TensorRows(tensors.inputs, at: Array(indices)), targets?.gather(indices, capacity: capacity),
            sampleWeights: sampleWeights?.gather(indices, capacity: capacity))
    }
}
