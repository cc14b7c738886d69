import LeatCore
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

@testable import LeatTrainer

@Suite(.timeLimit(.minutes(1))) struct ResumeTests {
    private let source = ClosureSource(count: 5) { index, epoch in
        Batch(try Tensor([Float(10 * epoch + index)], shape: [1, 1]), .labels(1))
    }

    /// Keeps the state after each batch.
    private final class StateKeeper: Callback {
        let states = Lock<[LoaderState?]>([])

        func onBatchEnd(_ batch: Int, logs: MetricValues, _ session: TrainingSession) {
            states.withLock { $0.append(session.loaderState) }
        }
    }

    @Test(arguments: [nil, 2, 7]) func `a training goes on after any batch`(steps: Int?) async throws {
        let whole = try FakeTrainer()
        let keeper = StateKeeper()
        try await whole.trainer.fitGenerator(
            source, stepsPerEpoch: steps, epochs: 3, verbose: 0, callbacks: [keeper], workers: 2)
        let all = whole.log.all
        let states = keeper.states.withLock { $0 }
        try #require(states.count == all.count)
        for (done, state) in states.enumerated() {
            let rest = try FakeTrainer()
            // Not the trainer's first training: the order is the state's all the same.
            try await rest.trainer.fitGenerator(source, stepsPerEpoch: 1, verbose: 0)
            let history = try await rest.trainer.fitGenerator(
                source, stepsPerEpoch: steps, epochs: 3, verbose: 0, workers: done % 2, resuming: state)
            #expect(Array(rest.log.all.dropFirst()) == Array(all[(done + 1)...]))
            #expect(history.epochs == Array((done + 1) / (steps ?? 5)..<3))
        }
    }

    @Test func `the bar begins where the training goes on`() async throws {
        let state = LoaderState(
            position: BatchPosition(epoch: 1, index: 3),
            settings: [
                "source": .text("ClosureSource"), "batches": .number(5), "batchShuffle": .flag(false),
            ])
        let fake = try FakeTrainer()
        try await fake.trainer.fitGenerator(source, epochs: 2, shuffle: false, resuming: state)
        #expect(fake.log.all == ["train [13]", "train [14]"])
        #expect(fake.printed.contains("Epoch 2/2") && fake.printed.contains("5/5"))
    }

    @Test func `states that don't fit are refused`() async throws {
        let fake = try FakeTrainer()
        let settings: [String: StateValue] = [
            "source": .text("ClosureSource"), "batches": .number(4), "batchShuffle": .flag(false),
        ]
        let state = LoaderState(position: BatchPosition(index: 3), settings: settings)
        let changed = await #expect(throws: PipelineError.self) {
            try await fake.trainer.fitGenerator(source, verbose: 0, shuffle: false, resuming: state)
        }
        #expect(changed?.message.contains("batches was 4 and is 5") == true)
        await #expect(throws: TrainerError.self) {
            try await fake.trainer.fitGenerator(source, verbose: 0, initialEpoch: 1, resuming: state)
        }
        let beyond = LoaderState(position: BatchPosition(index: 5), settings: settings)
        await #expect(throws: TrainerError.self) {
            try await fake.trainer.fitGenerator(source, verbose: 0, resuming: beyond)
        }
        await #expect(throws: TrainerError.self) {
            try await fake.trainer.fitGenerator(BatchSource { nil }, stepsPerEpoch: 2, verbose: 0, resuming: state)
        }
        #expect(fake.log.all.isEmpty)
    }
}
