import Foundation
import LeatCore
import LeatModel
import LeatPipeline
import LeatTestSupport
import Testing

@testable import LeatTrainer

@Suite struct ModelTests {
    static func trainer(metrics: [Metric] = ["accuracy"]) throws -> Trainer {
        var model = Sequential(seed: 5)
        model.add(Dense(8, activation: .relu, inputDim: 2))
        model.add(Dropout(0.1))
        model.add(Dense(2, activation: .softmax))
        return try model.compile(
            optimizer: Adam(lr: 0.01), loss: "sparse_categorical_crossentropy", metrics: metrics, threads: 1)
    }

    @Test func `fit learns to tell two clouds apart`() async throws {
        let (x, y) = try PointSource.points(600, seed: 1)
        let trainer = try Self.trainer()
        let history = try await trainer.fit(x, y, epochs: 30, verbose: 0, validationSplit: 0.2)
        #expect(history.names == ["loss", "accuracy", "val_loss", "val_accuracy"])
        let loss = history["loss"]
        #expect(loss[29] < loss[0] / 2)
        #expect(history["val_accuracy"][29] > 0.95)
        let (xNew, yNew) = try PointSource.points(200, seed: 2)
        let score = try await trainer.evaluate(xNew, yNew, verbose: 0)
        #expect(try #require(score["accuracy"]) > 0.95)
        let told = try await trainer.predict(xNew)
        #expect(told.shape == [200, 2])
        #expect(await trainer.iterations == 30 * 15)
    }

    @Test func `fit in order is a loop of trainOnBatch`() async throws {
        let (x, y) = try PointSource.points(50, seed: 1)
        let (one, two) = (try Self.trainer(), try Self.trainer())
        let history = try await one.fit(x, y, batchSize: 16, epochs: 2, verbose: 0, shuffle: false)
        for epoch in 0..<2 {
            var sum = 0.0
            for start in stride(from: 0, to: 50, by: 16) {
                let rows = start..<min(start + 16, 50)
                sum += try await two.trainOnBatch(x[rows], y[rows]).loss * Double(rows.count)
            }
            #expect(abs(history["loss"][epoch] - sum / 50) < 1e-9)
        }
        let (first, second) = (try await one.weights, try await two.weights)
        #expect(first == second)
    }

    @Test func `a short last batch counts by its samples`() async throws {
        let (x, y) = try PointSource.points(50, seed: 1)
        let trainer = try Self.trainer()
        let whole = try await trainer.evaluate(x, y, batchSize: 50, verbose: 0)
        let pieces = try await trainer.evaluate(x, y, batchSize: 16, verbose: 0)
        #expect(whole.names == ["loss", "accuracy"])
        for (a, b) in zip(whole.values, pieces.values) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func `predictions are joined in order`() async throws {
        let (x, _) = try PointSource.points(50, seed: 1)
        let trainer = try Self.trainer()
        let whole = try await trainer.predict(x, batchSize: 50)
        let pieces = try await trainer.predict(x, batchSize: 7)
        #expect(whole.shape == pieces.shape)
        for (a, b) in zip(try whole.elements(as: Float.self), try pieces.elements(as: Float.self)) {
            #expect(abs(a - b) < 1e-6)
        }
        #expect(try await trainer.predict(x[0..<0]).shape == [0, 2])
        #expect(try await trainer.model.predict(x, batchSize: 50) == whole)
    }

    @Test func `fitGenerator with any kind of workers does what fit does`() async throws {
        let (x, y) = try PointSource.points(100, seed: 1)
        let fitted = try Self.trainer()
        let history = try await fitted.fit(x, y, batchSize: 16, epochs: 3, verbose: 0)
        let expected = try await fitted.weights
        for workers in [0, 1, 3] {
            let trainer = try Self.trainer()
            let batches = try TensorSequence(x, y, batchSize: 16, shuffleSeed: trainer.model.seed)
            let generated = try await trainer.fitGenerator(
                batches, epochs: 3, verbose: 0, workers: workers, shuffle: false)
            #expect(try await trainer.weights == expected)
            #expect(generated.history == history.history)
        }
    }

    @Test func `worker processes, tasks and no workers at all train the same weights`() async throws {
        let source = PointSource(count: 9, batchSize: 8)
        func train(workers: Int, useMultiprocessing: Bool = false) async throws -> (History, [Tensor]) {
            let trainer = try Self.trainer()
            let history = try await trainer.fitGenerator(
                source, epochs: 3, verbose: 0, validationData: .source(source), maxQueueSize: 4, workers: workers,
                useMultiprocessing: useMultiprocessing, launch: TestWorker.launch)
            return (history, try await trainer.weights)
        }
        let (expected, weights) = try await train(workers: 0)
        for (workers, useMultiprocessing) in [(3, false), (1, true), (2, true)] {
            let (history, trained) = try await train(workers: workers, useMultiprocessing: useMultiprocessing)
            #expect(history.history == expected.history)
            #expect(trained == weights)
        }
    }

    #if os(Linux)
        // In a process of its own, because other tests open files and start threads meanwhile.
        @Test func `a cancelled training leaves no process, no thread and no file`() async {
            await #expect(processExitsWith: .success) {
                let source = PointSource(count: 500, batchSize: 4)
                func train(epochs: Int, cancelAfter last: Int) async throws -> Int {
                    let trainer = try ModelTests.trainer()
                    let cancel = LambdaCallback(onBatchEnd: { batch, _, _ in
                        if batch == last { withUnsafeCurrentTask { $0?.cancel() } }
                    })
                    let training = Task {
                        try await trainer.fitGenerator(
                            source, epochs: epochs, verbose: 0, callbacks: [cancel], validationData: .source(source),
                            workers: 2, useMultiprocessing: true, launch: TestWorker.launch)
                    }
                    do {
                        _ = try await training.value
                    } catch is CancellationError {
                        // What a cancelled training is to throw; how far it came tells the rest.
                    }
                    return await trainer.iterations
                }
                /// Whether there is no process that this one has started, alive or not waited for.
                func isChildless() -> Bool { waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD }
                // The first training starts what a Swift program keeps for good.
                let whole = try await train(epochs: 1, cancelAfter: -1)
                precondition(whole == 500)
                let (files, threadCount) = (entries(of: "/proc/self/fd").count, threads().count)
                for _ in 0..<5 {
                    let cancelled = try await train(epochs: 9, cancelAfter: 6)
                    precondition(cancelled == 7)
                    precondition(isChildless())
                }
                precondition(entries(of: "/proc/self/fd").count <= files)
                // A trainer's own thread takes a moment to leave.
                precondition(threads().count <= threadCount + 3)
            }
        }
    #endif

    @Test func `the trained model is the model with its present weights`() async throws {
        let (x, y) = try PointSource.points(60, seed: 1)
        let trainer = try Self.trainer()
        try await trainer.fit(x, y, verbose: 0)
        let trained = try await trainer.trainedModel
        let weights = try await trainer.weights
        #expect(try trained.weights() == weights)
        let told = try await trainer.predict(x)
        #expect(try await trained.predict(x) == told)
    }

    @Test func `early stopping gives the best weights back`() async throws {
        let (x, y) = try PointSource.points(100, seed: 1)
        let trainer = try Self.trainer()
        let best = EarlyStopping(monitor: "loss", mode: .max, restoreBestWeights: true)
        let snapshots = WeightLog()
        try await trainer.fit(
            x, y, epochs: 5, verbose: 0,
            callbacks: [LambdaCallback(onEpochEnd: { _, _, session in snapshots.append(try session.weights) }), best])
        // The loss falls, which this callback takes for worse, so the first epoch is the best.
        #expect(best.bestEpoch == 0)
        #expect(try await trainer.weights == snapshots.all[0])
    }

    @Test func `two trainers at once come to what they come to alone`() async throws {
        let (x, y) = try PointSource.points(200, seed: 1)
        let alone = try Self.trainer()
        try await alone.fit(x, y, epochs: 5, verbose: 0)
        let (one, two) = (try Self.trainer(), try Self.trainer())
        async let first = one.fit(x, y, epochs: 5, verbose: 0)
        async let second = two.fit(x, y, epochs: 5, verbose: 0)
        _ = try await (first, second)
        let expected = try await alone.weights
        #expect(try await one.weights == expected)
        #expect(try await two.weights == expected)
    }
}
