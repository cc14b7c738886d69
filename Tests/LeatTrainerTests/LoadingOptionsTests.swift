import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

@testable import LeatTrainer

/// What the generator methods do with batches that can't be made or don't come.
@Suite(.timeLimit(.minutes(1))) struct LoadingOptionsTests {
    /// Batch n is one sample, the number n; some can't be made.
    private func source(
        _ count: Int, flaws: Set<Int> = [], onEpochEnd: @escaping @Sendable () async -> Void = {}
    ) -> ClosureSource {
        ClosureSource(count: count, onEpochEnd: onEpochEnd) { index, _ in
            if flaws.contains(index) { throw Flaw(index: index) }
            return try Batch(Tensor([Float(index)], shape: [1, 1]), .labels(1))
        }
    }

    @Test(arguments: [0, 1, 3]) func `an epoch that lacks batches ends where it ends, and the user is told`(
        workers: Int
    ) async throws {
        let fake = try FakeTrainer()
        let events = fake.trainer.events()
        let history = try await fake.trainer.fitGenerator(
            source(4, flaws: [1, 3]), epochs: 2, verbose: 0, validationData: .source(source(2, flaws: [0])),
            workers: workers, shuffle: false, options: LoadingOptions(faultPolicy: .skip(.unlimited)))
        let epoch = ["train [0]", "train [2]", "test [1]"]
        #expect(fake.log.all == epoch + epoch)
        #expect(history.epochs == [0, 1])
        var warnings: [String] = []
        for await event in events {
            if case .warning(let warning) = event { warnings.append(warning) }
            if case .trainingEnded = event { break }
        }
        #expect(warnings.count == 6)
        #expect(
            warnings.first
                == "Batch 1 of epoch 0 can't be made and was skipped (shard 1, sample 11): Batch 1 is flawed.")
    }

    /// What a source says whose file is damaged.
    private struct Damage: LocatedError, CustomStringConvertible {
        let faultyFile: String? = "0.mds"
        let faultySample: Int? = nil
        let description = "0.mds is damaged."
    }

    private func warnings(policy: FaultPolicy, damaged: Set<Int>) async throws -> [String] {
        let fake = try FakeTrainer()
        let events = fake.trainer.events()
        let source = ClosureSource(count: 10) { index, _ in
            if damaged.contains(index) { throw Damage() }
            return try Batch(Tensor([Float(index)], shape: [1, 1]), .labels(1))
        }
        _ = try? await fake.trainer.fitGenerator(
            source, verbose: 0, shuffle: false, options: LoadingOptions(faultPolicy: policy))
        var warnings: [String] = []
        for await event in events {
            if case .warning(let warning) = event { warnings.append(warning) }
            if case .trainingEnded = event { break }
        }
        return warnings
    }

    @Test func `many batches of one damaged file are one warning, also before an error`() async throws {
        let first = "Batch 2 of epoch 0 can't be made and was skipped: 0.mds is damaged."
        #expect(try await warnings(policy: .skip(.unlimited), damaged: [2]) == [first])
        #expect(
            try await warnings(policy: .skip(.unlimited), damaged: [2, 4]) == [first + " So it was with batch 4."])
        let many = [first + " So it was with 4 others, of the batches 3 to 9."]
        #expect(try await warnings(policy: .skip(.unlimited), damaged: [2, 3, 4, 8, 9]) == many)
        #expect(
            try await warnings(policy: .skip(.count(2)), damaged: [2, 3, 5]) == [first + " So it was with batch 3."])
        #expect(try await warnings(policy: .skip(.unlimited), damaged: Set(0..<10)).count == 1)
        #expect(try await warnings(policy: .replace(.unlimited), damaged: [2, 3, 4]).count == 1)
    }

    @Test(arguments: [0, 2]) func `a batch in the place of another keeps an epoch's length`(workers: Int) async throws {
        let fake = try FakeTrainer()
        try await fake.trainer.fitGenerator(
            source(4, flaws: [1]), epochs: 1, verbose: 0, workers: workers, shuffle: false,
            options: LoadingOptions(faultPolicy: .replace(.count(1))))
        #expect(fake.log.all == ["train [0]", "train [2]", "train [2]", "train [3]"])
    }

    @Test func `an epoch without one batch is an error`() async throws {
        let error = await #expect(throws: TrainerError.self) {
            try await FakeTrainer().trainer.fitGenerator(
                source(2, flaws: [0, 1]), epochs: 2, verbose: 0,
                options: LoadingOptions(faultPolicy: .skip(.unlimited)))
        }
        #expect(error?.message.contains("Every batch of epoch 1 was left out") == true)
    }

    @Test func `evaluating and predicting leave out what can't be made`() async throws {
        let options = LoadingOptions(faultPolicy: .skip(.count(1)), ordered: false)
        let fake = try FakeTrainer()
        _ = try await fake.trainer.evaluateGenerator(source(3, flaws: [1]), options: options)
        #expect(Set(fake.log.all) == ["test [0]", "test [2]"])
        let outputs = try await fake.trainer.predictGenerator(source(3, flaws: [1]), options: options)
        #expect(outputs.length == 2)
    }

    @Test func `a training that waits too long ends with what it waits for`() async throws {
        let gate = Gate()
        let source = ClosureSource(count: 2) { index, _ in
            await gate.pass()
            return try Batch(Tensor([Float(index)], shape: [1, 1]), .labels(1))
        }
        let fake = try FakeTrainer()
        let events = fake.trainer.events()
        let training = Task {
            try await fake.trainer.fitGenerator(
                source, verbose: 0, options: LoadingOptions(stallTimeout: .milliseconds(100)))
        }
        // A task can't be killed: its batch has to come before the call returns.
        for await event in events { if case .trainingEnded = event { break } }
        gate.open()
        let error = await #expect(throws: PipelineError.self) { try await training.value }
        #expect(error?.code == .stalled)
    }

    @Test(arguments: [0, 1, 2]) func `the end of an epoch is told once an epoch, whatever prepares batches`(
        workers: Int
    ) async throws {
        for processes in workers == 0 ? [false] : [false, true] {
            let source = FlawedSource(count: 3, flaws: [])
            let fake = try FakeTrainer()
            try await fake.trainer.fitGenerator(
                source, epochs: 4, verbose: 0, workers: workers, useMultiprocessing: processes,
                launch: TestWorker.launch)
            #expect(source.epochEndCount == 4)
        }
    }

    @Test func `a worker that takes too long over its batches is given up`() async throws {
        let error = await #expect(throws: PipelineError.self) {
            try await FakeTrainer().trainer.predictGenerator(
                MisbehavingSource(count: 2, .stop, at: 0), useMultiprocessing: true, launch: TestWorker.launch,
                options: LoadingOptions(workerTimeout: .seconds(2)))
        }
        #expect(error?.code == .poisonousBatch)
        #expect(error?.message.contains("workerTimeout") == true)
    }

    @Test func `a line after each epoch says where its time went, if asked for`() async throws {
        let fake = try FakeTrainer()
        try await fake.trainer.fitGenerator(
            source(4), epochs: 2, verbose: 2, options: LoadingOptions(reportsSpeed: true))
        #expect(fake.printed.split(separator: "\n").count { $0.contains("-bound: ") } == 2)
    }
}
