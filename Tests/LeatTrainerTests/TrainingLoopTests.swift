import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

@testable import LeatTrainer

@Suite struct TrainingLoopTests {
    @Test func `callbacks are called in Keras' order`() async throws {
        let fake = try FakeTrainer()
        try await fake.trainer.fit(
            .counting(3), .labels(3), batchSize: 2, epochs: 2, verbose: 0,
            callbacks: [RecordingCallback(log: fake.log)],
            validationData: .tensors(.counting(1), .labels(1)), shuffle: false)
        func epoch(_ number: Int) -> [String] {
            [
                "epoch \(number) begin",
                "batch 0 begin of 2", "train [0, 1]", "batch 0 end: 0.5",
                "batch 1 begin of 1", "train [2]", "batch 1 end: 2.0",
                "test [0]", "epoch \(number) end: loss accuracy val_loss val_accuracy",
            ]
        }
        #expect(fake.log.all == ["train begin"] + epoch(0) + epoch(1) + ["train end"])
    }

    @Test func `the history has averages over samples, validation, and what callbacks add`() async throws {
        let fake = try FakeTrainer()
        let add = LambdaCallback(onEpochEnd: { epoch, logs, _ in logs["extra"] = Double(epoch) })
        let see = LambdaCallback(onEpochEnd: { _, logs, _ in #expect(logs["extra"] != nil) })
        let history = try await fake.trainer.fit(
            .counting(3), .labels(3), batchSize: 2, epochs: 4, verbose: 0, callbacks: [add, see],
            validationData: .tensors(.counting(3), .labels(3), sampleWeights: Tensor([2, 2, 2] as [Float])),
            shuffle: false, initialEpoch: 2)
        #expect(history.epochs == [2, 3])
        #expect(history["loss"] == [1, 1])
        #expect(history["val_loss"] == [2, 2])
        #expect(history["extra"] == [2, 3])
        #expect(history.names == ["loss", "accuracy", "val_loss", "val_accuracy", "extra"])
        #expect(history.epochSeconds.allSatisfy { $0 > 0 })
        #expect(await fake.trainer.history == history)
    }

    @Test func `a stop in a batch skips the validation and ends after the epoch's hooks`() async throws {
        let fake = try FakeTrainer()
        let stop = LambdaCallback(onBatchEnd: { batch, _, session in session.stopTraining = batch == 1 })
        let history = try await fake.trainer.fit(
            .counting(5), .labels(5), batchSize: 1, epochs: 3, verbose: 0,
            callbacks: [stop, RecordingCallback(log: fake.log)],
            validationData: .tensors(.counting(1), .labels(1)), shuffle: false)
        #expect(fake.log.all.suffix(4) == ["train [1]", "batch 1 end: 1.0", "epoch 0 end: loss accuracy", "train end"])
        #expect(history.history == ["loss": [0.5], "accuracy": [0.05]])
    }

    @Test func `a stop before the first batch ends the training without one`() async throws {
        let fake = try FakeTrainer()
        let stop = LambdaCallback(onEpochBegin: { _, session in session.stopTraining = true })
        let history = try await fake.trainer.fit(.counting(5), .labels(5), epochs: 3, verbose: 0, callbacks: [stop])
        #expect(history.epochs.isEmpty)
        #expect(fake.log.all.isEmpty)
    }

    @Test func `batches and epochs without end are fine`() async throws {
        let fake = try FakeTrainer()
        let stop = LambdaCallback(onEpochEnd: { epoch, _, session in session.stopTraining = epoch == 1 })
        let fitted = try await fake.trainer.fit(
            .counting(3), .labels(3), batchSize: .max, epochs: .max, verbose: 0, callbacks: [stop], shuffle: false)
        #expect(fitted.epochs == [0, 1])
        #expect(fake.log.all == ["train [0, 1, 2]", "train [0, 1, 2]"])
        let source = ClosureSource(count: 3) { index, _ in try Batch(.counting(index + 1), .labels(index + 1)) }
        let generated = try await fake.trainer.fitGenerator(
            source, epochs: .max, verbose: 0, callbacks: [stop], workers: 1)
        #expect(generated.epochs == [0, 1])
        _ = try await fake.trainer.evaluate(.counting(3), .labels(3), batchSize: .max, verbose: 0)
        #expect(try await fake.trainer.predict(.counting(3), batchSize: .max).length == 3)
    }

    @Test func `a stop at the end of an epoch ends after it, one before training is forgotten`() async throws {
        let fake = try FakeTrainer()
        let stop = LambdaCallback(
            onEpochEnd: { epoch, _, session in session.stopTraining = epoch == 1 },
            onTrainBegin: { $0.stopTraining = true })
        let history = try await fake.trainer.fit(.counting(2), .labels(2), epochs: 9, verbose: 0, callbacks: [stop])
        #expect(history.epochs == [0, 1])
    }

    @Test func `orders depend on the epoch and on the trainings before, so that a resumed run sees the same`()
        async throws
    {
        func log(epochs: Int, from initialEpoch: Int = 0) async throws -> (first: [String], second: [String]) {
            let fake = try FakeTrainer()
            try await fake.trainer.fit(
                .counting(99), .labels(99), epochs: epochs, verbose: 0, initialEpoch: initialEpoch)
            let first = fake.log.all
            try await fake.trainer.fit(
                .counting(99), .labels(99), epochs: epochs, verbose: 0, initialEpoch: initialEpoch)
            return (first, Array(fake.log.all.dropFirst(first.count)))
        }
        let whole = try await log(epochs: 3)
        let resumed = try await log(epochs: 3, from: 2)
        #expect(resumed.first == whole.first.suffix(4))
        #expect(whole.second != whole.first)
        #expect(resumed.second == whole.second.suffix(4))
    }

    @Test func `no epochs to train call only the hooks of the training`() async throws {
        let fake = try FakeTrainer()
        let history = try await fake.trainer.fit(
            .counting(2), .labels(2), epochs: 2, verbose: 0, callbacks: [RecordingCallback(log: fake.log)],
            initialEpoch: 5)
        #expect(history == History())
        #expect(fake.log.all == ["train begin", "train end"])
    }

    @Test func `an error in a callback ends training and leaves the trainer usable`() async throws {
        struct Trouble: Error {}
        let fake = try FakeTrainer()
        let trouble = LambdaCallback(onBatchEnd: { _, _, _ in throw Trouble() })
        await #expect(throws: Trouble.self) {
            try await fake.trainer.fit(
                .counting(2), .labels(2), verbose: 0, callbacks: [trouble, RecordingCallback(log: fake.log)])
        }
        #expect(!fake.log.all.contains("train end"))
        try await fake.trainer.fit(.counting(2), .labels(2), verbose: 0)
    }

    @Test func `class weights and sample weights reach the loss, on training data only`() async throws {
        let fake = try FakeTrainer()
        let classes = Tensor([1, 1, 1, 1] as [Int32])
        let history = try await fake.trainer.fit(
            .counting(4), classes, verbose: 0, validationSplit: 0.5, shuffle: false, classWeight: [1: 3])
        #expect(history["loss"] == [1.5])
        #expect(history["val_loss"] == [2.5])
        let weighted = try await fake.trainer.fit(
            .counting(4), classes, verbose: 0, validationSplit: 0.5, shuffle: false,
            sampleWeight: Tensor([3, 3, 2, 2] as [Float]))
        #expect(weighted["loss"] == [1.5])
        #expect(weighted["val_loss"] == [5])
    }

    @Test func `weighted metrics are averaged by the sum of the weights`() async throws {
        let fake = try FakeTrainer(weightedMetricCount: 1)
        let score = try await fake.trainer.evaluate(
            .counting(3), .labels(3), batchSize: 2, verbose: 0, sampleWeight: Tensor([1, 0, 4] as [Float]))
        // Losses 0.5 and 8 of 2 and 1 samples; accuracies 0.05 and 0.8 of weights 1 and 4.
        #expect(abs(score.loss - 3) < 1e-12)
        #expect(abs((score["accuracy"] ?? 0) - 0.65) < 1e-12)
    }

    @Test func `what is printed for tensors at verbose 1 and 2`() async throws {
        let fake = try FakeTrainer()
        let bar = " [==============================] - "
        try await fake.trainer.fit(
            .counting(4), .labels(4), epochs: 1, validationData: .tensors(.counting(1), .labels(1)), shuffle: false)
        #expect(
            fake.printed.hasPrefix("Train on 4 samples, validate on 1 samples\nEpoch 1/1\n4/4\(bar)"), "\(fake.printed)"
        )
        #expect(
            fake.printed.hasSuffix(
                " - loss: 1.5000 - accuracy: 0.1500 - val_loss: 0.0000e+00 - val_accuracy: 0.0000e+00\n"))
        let other = try FakeTrainer()
        try await other.trainer.fit(.counting(4), .labels(4), epochs: 2, verbose: 2, shuffle: false, initialEpoch: 1)
        #expect(other.printed == "Epoch 2/2\n - 1s - loss: 1.5000 - accuracy: 0.1500\n")
        _ = try await other.trainer.evaluate(.counting(4), .labels(4), batchSize: 3)
        #expect(other.printed.hasSuffix("4/4\(bar)1s 250ms/step\n"), "\(other.printed)")
    }

    @Test func `evaluate and predict go through all samples in order, or through some steps`() async throws {
        let fake = try FakeTrainer()
        let score = try await fake.trainer.evaluate(.counting(5), .labels(5), batchSize: 2, verbose: 0)
        #expect(score == ["loss": 2, "accuracy": 0.2])
        #expect(fake.log.all == ["test [0, 1]", "test [2, 3]", "test [4]"])
        #expect(
            try await fake.trainer.evaluate(.counting(5), .labels(5), batchSize: 2, verbose: 0, steps: 1).loss == 0.5)
        #expect(try await fake.trainer.predict(.counting(5), batchSize: 2) == Tensor([0, 1, 2, 3, 4] as [Float]))
        #expect(try await fake.trainer.predict(.counting(5), batchSize: 2, steps: 2).shape == [4])
        #expect(try await fake.trainer.predict(.counting(0)).shape == [0])
    }

    @Test func `single batches`() async throws {
        let fake = try FakeTrainer()
        let x = try Tensor.counting(3)
        let y = Tensor([1, 1, 1] as [Int32])
        #expect(try await fake.trainer.trainOnBatch(x, y, classWeight: [1: 2]).loss == 2)
        #expect(try await fake.trainer.testOnBatch(x, y, sampleWeight: Tensor([3, 0, 0] as [Float])).loss == 3)
        #expect(try await fake.trainer.predictOnBatch(x) == Tensor([1, 2, 3] as [Float]))
        #expect(await fake.trainer.iterations == 1)
    }
}
