import LeatCore
import LeatModel
import LeatPipeline
import LeatTestSupport
import Synchronization
import Testing

@testable import LeatTrainer

@Suite(.timeLimit(.minutes(1))) struct ConcurrencyTests {
    /// Every step moves the states on, so one from elsewhere would change what the training learns.
    @Test func `a stateful model neither evaluates nor predicts beside its training`() async throws {
        let model = Sequential(seed: 1) {
            LSTM(2, stateful: true, batchInputShape: [1, 2, 1])
            Dense(1)
        }
        let trainer = try model.compile(optimizer: "sgd", loss: .mse)
        let x = try Tensor([Float](repeating: 0.5, count: 4), shape: [2, 2, 1])
        let y = try Tensor([0, 1] as [Float], shape: [2, 1])
        let began = Gate()
        let answered = Atomic(false)
        let wait = LambdaCallback(onBatchEnd: { _, _, session in
            began.open()
            session.stopTraining = answered.load(ordering: .relaxed)
        })
        async let history = trainer.fit(x, y, batchSize: 1, epochs: 1 << 30, verbose: 0, callbacks: [wait])
        await began.pass()
        let calls: [@Sendable () async throws -> Void] = [
            { _ = try await trainer.predict(x, batchSize: 1) },
            { _ = try await trainer.evaluate(x, y, batchSize: 1, verbose: 0) },
            { _ = try await trainer.predictOnBatch(x[0..<1]) },
            { _ = try await trainer.testOnBatch(x[0..<1], y[0..<1]) },
        ]
        for call in calls {
            await #expect {
                try await call()
            } throws: {
                ($0 as? TrainerError)?.code == .busy
            }
        }
        answered.store(true, ordering: .relaxed)
        _ = try await history
        for call in calls { try await call() }
    }

    @Test func `weights can be read and samples predicted while training goes on`() async throws {
        let fake = try FakeTrainer()
        let began = Gate()
        let answered = Atomic(false)
        let wait = LambdaCallback(onBatchEnd: { _, _, session in
            began.open()
            session.stopTraining = answered.load(ordering: .relaxed)
        })
        // Training ends when the answers are there, so it would never end if they had to wait for it.
        async let history = fake.trainer.fit(
            .counting(1 << 20), .labels(1 << 20), batchSize: 1, epochs: 1000, verbose: 0, callbacks: [wait])
        await began.pass()
        #expect(try await fake.trainer.weights[0].firstColumn[0] > 0)
        #expect(try await fake.trainer.predict(.counting(2)).length == 2)
        #expect(try await fake.trainer.evaluate(.counting(2), .labels(2), verbose: 0).loss == 0.5)
        await #expect(throws: TrainerError.self) { try await fake.trainer.fit(.counting(2), .labels(2), verbose: 0) }
        await #expect(throws: TrainerError.self) { try await fake.trainer.trainOnBatch(.counting(2), .labels(2)) }
        await #expect(throws: TrainerError.self) { try await fake.trainer.setWeights([Tensor([0] as [Float])]) }
        await #expect {
            try await fake.trainer.evaluateGenerator(TensorSequence(.counting(2), .labels(2)))
        } throws: {
            ($0 as? TrainerError)?.code == .busy
        }
        await fake.trainer.setLearningRate(0.5)
        answered.store(true, ordering: .relaxed)
        #expect(try await history["loss"].count == 1)
        try await fake.trainer.setWeights([Tensor([0] as [Float])])
        #expect(await fake.trainer.learningRate == 0.5)
    }

    @Test func `an evaluation in the middle of a training sees one state of the weights`() async throws {
        let fake = try FakeTrainer()
        let began = Gate()
        let answered = Atomic(false)
        let wait = LambdaCallback(onBatchEnd: { _, _, session in
            began.open()
            session.stopTraining = answered.load(ordering: .relaxed)
        })
        async let history = fake.trainer.fit(
            .counting(1 << 20), .labels(1 << 20), batchSize: 1, epochs: 1000, verbose: 0, callbacks: [wait])
        await began.pass()
        _ = try await fake.trainer.evaluate(.counting(50), .labels(50), batchSize: 1, verbose: 0)
        answered.store(true, ordering: .relaxed)
        _ = try await history
        let log = fake.log.all
        let first = try #require(log.firstIndex { $0.hasPrefix("test") })
        #expect(log[first..<first + 50].allSatisfy { $0.hasPrefix("test") })
    }

    @Test func `a cancelled training throws before its next batch`() async throws {
        let fake = try FakeTrainer()
        let cancel = LambdaCallback(onBatchEnd: { batch, _, _ in
            if batch == 2 { withUnsafeCurrentTask { $0?.cancel() } }
        })
        let training = Task {
            try await fake.trainer.fit(
                .counting(100), .labels(100), batchSize: 1, epochs: 5, verbose: 0, callbacks: [cancel])
        }
        await #expect(throws: CancellationError.self) { try await training.value }
        #expect(fake.log.all.count == 3)
        try await fake.trainer.fit(.counting(2), .labels(2), verbose: 0)
    }

    @Test func `stopTraining from outside ends the training after its batch`() async throws {
        let fake = try FakeTrainer()
        let began = Gate()
        async let history = fake.trainer.fit(
            .counting(1 << 20), .labels(1 << 20), batchSize: 1, epochs: 1000, verbose: 0,
            callbacks: [LambdaCallback(onBatchEnd: { _, _, _ in began.open() })])
        await began.pass()
        await fake.trainer.stopTraining()
        #expect(try await history.epochs == [0])
    }

    @Test func `two trainers train at once without disturbing each other`() async throws {
        let (one, two) = (try FakeTrainer(), try FakeTrainer())
        async let first = one.trainer.fit(.counting(400), .labels(400), batchSize: 1, epochs: 5, verbose: 0)
        async let second = two.trainer.fit(.counting(400), .labels(400), batchSize: 1, epochs: 5, verbose: 0)
        #expect(try await first.history == second.history)
        #expect(one.log.all == two.log.all)
    }
}
