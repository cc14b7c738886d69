import LeatCore
import LeatTestSupport
import Testing

@testable import LeatTrainer

@Suite(.timeLimit(.minutes(1))) struct EventTests {
    private func collect(_ events: TrainingEvents) async -> [TrainingEvent] {
        var all: [TrainingEvent] = []
        for await event in events { all.append(event) }
        return all
    }

    @Test func `every subscriber sees a training from beginning to end`() async throws {
        let fake = try FakeTrainer()
        let (one, two) = (fake.trainer.events(), fake.trainer.events())
        async let live = collect(one)
        try await fake.trainer.fit(.counting(3), .labels(3), batchSize: 2, epochs: 1, verbose: 0, shuffle: false)
        let expected: [TrainingEvent] = [
            .trainingBegan(epochs: 0..<1), .epochBegan(0),
            .batchEnded(0, ["loss": 0.5, "accuracy": 0.05]), .batchEnded(1, ["loss": 2, "accuracy": 0.2]),
            .epochEnded(0, ["loss": 1, "accuracy": (0.05 * 2 + 0.2) / 3]), .trainingEnded(.completed),
        ]
        #expect(await live == expected)
        #expect(await collect(two) == expected)
    }

    @Test func `a slow subscriber loses old batches and nothing else`() async throws {
        let fake = try FakeTrainer()
        let events = fake.trainer.events(bufferingNewestBatches: 3)
        try await fake.trainer.fit(.counting(50), .labels(50), batchSize: 1, epochs: 2, verbose: 0)
        let all = await collect(events)
        let batches = all.compactMap { event in if case .batchEnded(let batch, _) = event { batch } else { nil } }
        #expect(batches == [47, 48, 49])
        #expect(all.count == 6 + 3)
        #expect(all.last == .trainingEnded(.completed))
    }

    @Test func `the last event says how training ended`() async throws {
        struct Trouble: Error {}
        func outcome(of callback: LambdaCallback) async throws -> TrainingEvent? {
            let fake = try FakeTrainer()
            let events = fake.trainer.events()
            let training = Task {
                try await fake.trainer.fit(
                    .counting(3), .labels(3), batchSize: 1, verbose: 0, callbacks: [callback])
            }
            _ = await training.result
            return await collect(events).last
        }
        #expect(
            try await outcome(of: LambdaCallback(onBatchEnd: { _, _, session in session.stopTraining = true }))
                == .trainingEnded(.stopped))
        #expect(
            try await outcome(of: LambdaCallback(onBatchEnd: { _, _, _ in throw Trouble() }))
                == .trainingEnded(.failed("Trouble()")))
        #expect(
            try await outcome(of: LambdaCallback(onBatchEnd: { _, _, _ in withUnsafeCurrentTask { $0?.cancel() } }))
                == .trainingEnded(.cancelled))
    }

    @Test func `events end with the trainer, and for a cancelled reader`() async throws {
        func abandoned() throws -> TrainingEvents { try FakeTrainer().trainer.events() }
        #expect(try await collect(abandoned()) == [])
        let fake = try FakeTrainer()
        let events = fake.trainer.events()
        let reader = Task { await collect(events) }
        reader.cancel()
        #expect(await reader.value == [])
    }
}
