import LeatCore
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

@testable import LeatTrainer

@Suite(.timeLimit(.minutes(1))) struct GeneratorTests {
    /// Batch `index` is of `index % 3 + 1` samples, all of them the number `index`.
    private static func batch(_ index: Int) throws -> Batch {
        let size = index % 3 + 1
        return Batch(
            try Tensor(Array(repeating: Float(index), count: size), shape: [size, 1]), .labels(size))
    }

    private func source(_ count: Int) -> ClosureSource {
        ClosureSource(count: count) { index, _ in try Self.batch(index) }
    }

    @Test(arguments: [0, 1, 4]) func `batches come in order from any number of workers`(workers: Int) async throws {
        let fake = try FakeTrainer()
        let history = try await fake.trainer.fitGenerator(
            source(5), epochs: 2, verbose: 0, maxQueueSize: 2, workers: workers, shuffle: false)
        let epoch = ["train [0]", "train [1, 1]", "train [2, 2, 2]", "train [3]", "train [4, 4]"]
        #expect(fake.log.all == epoch + epoch)
        #expect(history["loss"] == [19.0 / 9, 19.0 / 9])
    }

    @Test func `shuffled orders differ by epoch and not by workers, and continue at the initial epoch`() async throws {
        func log(workers: Int, initialEpoch: Int = 0) async throws -> [String] {
            let fake = try FakeTrainer()
            try await fake.trainer.fitGenerator(
                source(12), epochs: 3, verbose: 0, workers: workers, initialEpoch: initialEpoch)
            return fake.log.all
        }
        let inline = try await log(workers: 0)
        #expect(try await log(workers: 3) == inline)
        #expect(try await log(workers: 2, initialEpoch: 2) == inline.suffix(12))
        #expect(Set(inline[0..<12]) == Set(inline[12..<24]))
        #expect(inline[0..<12] != inline[12..<24])
    }

    @Test func `steps other than the count go on where the epoch before stopped`() async throws {
        let fake = try FakeTrainer()
        try await fake.trainer.fitGenerator(source(3), stepsPerEpoch: 2, epochs: 2, verbose: 0, shuffle: false)
        #expect(fake.log.all == ["train [0]", "train [1, 1]", "train [2, 2, 2]", "train [0]"])
    }

    @Test func `validation by tensors, by a source, and by a generator that goes on`() async throws {
        func history(_ validation: ValidationData, steps: Int? = nil) async throws -> History {
            try await FakeTrainer().trainer.fitGenerator(
                source(3), epochs: 2, verbose: 0, validationData: validation, validationSteps: steps)
        }
        #expect(try await history(.tensors(.counting(3), .labels(3)))["val_loss"] == [1, 1])
        #expect(try await history(.source(source(3)))["val_loss"] == [8.0 / 6, 8.0 / 6])
        #expect(try await history(.source(source(3)), steps: 1)["val_loss"] == [0, 1])
        let counter = Lock(0)
        let generator = BatchSource {
            let index = counter.withLock { index in
                index += 1
                return index
            }
            return try Batch(Tensor([Float(index)], shape: [1, 1]), .labels(1))
        }
        #expect(try await history(.source(generator), steps: 2)["val_loss"] == [1.5, 3.5])
        let inMemory = try await FakeTrainer().trainer.fit(
            .counting(3), .labels(3), epochs: 2, verbose: 0, validationData: .source(source(3)))
        #expect(inMemory["val_loss"] == [8.0 / 6, 8.0 / 6])
    }

    @Test func `a generator that ends early ends the training with a warning`() async throws {
        let fake = try FakeTrainer()
        let events = fake.trainer.events()
        let generator = AsyncStream<Batch> { continuation in
            for index in 0..<3 { if let batch = try? Self.batch(index) { continuation.yield(batch) } }
            continuation.finish()
        }
        let history = try await fake.trainer.fitGenerator(
            generator, stepsPerEpoch: 2, epochs: 5, verbose: 0, callbacks: [RecordingCallback(log: fake.log)])
        #expect(history.epochs == [0, 1])
        #expect(history["loss"] == [2.0 / 3, 2])
        #expect(fake.log.all.suffix(2) == ["epoch 1 end: loss accuracy", "train end"])
        var all: [TrainingEvent] = []
        for await event in events { all.append(event) }
        #expect(all.last == .trainingEnded(.exhausted))
        await #expect(throws: TrainerError.self) {
            try await fake.trainer.fitGenerator(BatchSource { nil }, stepsPerEpoch: 2, verbose: 0)
        }
        #expect(
            all.contains {
                if case .warning(let text) = $0 { text.contains("after 1 of the epoch's 2") } else { false }
            })
    }

    @Test func `evaluate and predict from generators`() async throws {
        let fake = try FakeTrainer()
        #expect(try await fake.trainer.evaluateGenerator(source(3)).loss == 8.0 / 6)
        #expect(try await fake.trainer.evaluateGenerator(source(3), steps: 2).loss == 2.0 / 3)
        let outputs = try await fake.trainer.predictGenerator(source(3), workers: 3)
        #expect(outputs == Tensor([0, 1, 1, 2, 2, 2] as [Float]))
    }

    @Test func `class weights apply to each batch, and to no validation`() async throws {
        let fake = try FakeTrainer()
        let history = try await fake.trainer.fitGenerator(
            source(3), verbose: 0, validationData: .source(source(3)), classWeight: [0: 3])
        #expect(history["loss"] == [8.0 / 2])
        #expect(history["val_loss"] == [8.0 / 6])
        await #expect(throws: TrainerError.self) {
            try await fake.trainer.fitGenerator(source(3), verbose: 0, classWeight: [1: 3])
        }
    }

    @Test(arguments: [0, 2]) func `an error of the source ends the training with it`(workers: Int) async throws {
        let fake = try FakeTrainer()
        let failing = ClosureSource(count: 5) { index, _ in
            if index == 3 { throw PlannedFailure(index: 3) }
            return try Self.batch(index)
        }
        await #expect(throws: PlannedFailure.self) {
            try await fake.trainer.fitGenerator(failing, verbose: 0, workers: workers, shuffle: false)
        }
        #expect(fake.log.all.count == 3)
        try await fake.trainer.fitGenerator(source(1), verbose: 0)
    }

    @Test func `a batch without targets or without samples is refused`() async throws {
        let fake = try FakeTrainer()
        let untold = ClosureSource(count: 1) { _, _ in Batch(try .counting(2)) }
        await #expect(throws: TrainerError.self) { try await fake.trainer.fitGenerator(untold, verbose: 0) }
        #expect(try await fake.trainer.predictGenerator(untold).length == 2)
        let empty = ClosureSource(count: 1) { _, _ in Batch(try .counting(0), .labels(0)) }
        await #expect(throws: TrainerError.self) { try await fake.trainer.fitGenerator(empty, verbose: 0) }
        await #expect(throws: TrainerError.self) { try await fake.trainer.evaluateGenerator(empty) }
    }

    @Test(arguments: [0, 1, 3]) func `a cancelled training returns within a batch`(workers: Int) async throws {
        let fake = try FakeTrainer()
        let cancel = LambdaCallback(onBatchEnd: { batch, _, _ in
            if batch == 4 { withUnsafeCurrentTask { $0?.cancel() } }
        })
        let source = source(1000)
        let training = Task {
            try await fake.trainer.fitGenerator(source, verbose: 0, callbacks: [cancel], workers: workers)
        }
        await #expect(throws: CancellationError.self) { try await training.value }
        #expect(fake.log.all.count == 5)
    }

    @Test func `the bar counts steps`() async throws {
        let fake = try FakeTrainer()
        try await fake.trainer.fitGenerator(source(3), epochs: 1)
        #expect(fake.printed.hasPrefix("Epoch 1/1\n3/3 [==============================] - "), "\(fake.printed)")
    }
}
