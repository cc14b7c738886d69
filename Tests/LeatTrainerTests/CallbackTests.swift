import Foundation
import LeatCore
import Testing

@testable import LeatTrainer

@Suite struct CallbackTests {
    struct Cases: Decodable {
        struct Settings: Decodable {
            let patience: Int
            let mode: String
            let minDelta: Double
            let baseline: Double?
            let restoreBestWeights: Bool?
            let startFromEpoch: Int?
            let factor: Double?
            let cooldown: Int?
            let minLr: Double?
        }
        struct Case: Decodable {
            let settings: Settings
            let values: [Double]
            let epochs: Int
            let weights: Int
            let rates: [Double]
        }
        let earlyStopping: [Case]
        let reduceLrOnPlateau: [Case]
    }

    /// Feeds the values, the epoch's number as its weights, until the callback stops.
    private func run(
        _ callback: any Callback, _ values: [Double], name: String = "val_loss"
    ) throws -> (epochs: Int, weights: Int, rates: [Double]) {
        let executor = FakeExecutor()
        let session = makeSession(executor)
        var epochs = 0
        var rates: [Double] = []
        try callback.onTrainBegin(session)
        for (epoch, value) in values.enumerated() where !session.stopTraining {
            try executor.setWeights([Tensor([Float(epoch)])])
            epochs = epoch + 1
            var logs: MetricValues = [name: value]
            try callback.onEpochEnd(epoch, logs: &logs, session)
            rates.append(session.learningRate)
        }
        try callback.onTrainEnd(session)
        return (epochs, executor.weights[0].firstColumn[0], rates)
    }

    private func makeSession(_ executor: FakeExecutor = FakeExecutor(), _ output: CallLog = CallLog())
        -> TrainingSession
    {
        TrainingSession(
            epochs: 0..<9, stepsPerEpoch: 1, samples: nil, verbosity: 1, validates: true, executor: executor,
            console: Console(isTerminal: false, now: { 0 }, write: output.append), hub: EventHub())
    }

    @Test func `early stopping stops and restores as Keras does`() throws {
        for example in try Fixture.load("callbacks.json", as: Cases.self).earlyStopping {
            let settings = example.settings
            let callback = EarlyStopping(
                minDelta: settings.minDelta, patience: settings.patience,
                mode: try #require(MonitorMode(rawValue: settings.mode)), baseline: settings.baseline,
                restoreBestWeights: settings.restoreBestWeights ?? false, startFromEpoch: settings.startFromEpoch ?? 0)
            // A second training with the same callback must not remember the first.
            for _ in 0..<2 {
                let result = try run(callback, example.values)
                #expect(result.epochs == example.epochs, "\(example)")
                #expect(result.weights == example.weights, "\(example)")
            }
        }
    }

    @Test func `the learning rate is reduced as Keras does`() throws {
        for example in try Fixture.load("callbacks.json", as: Cases.self).reduceLrOnPlateau {
            let settings = example.settings
            let callback = try ReduceLROnPlateau(
                factor: try #require(settings.factor), patience: settings.patience,
                mode: try #require(MonitorMode(rawValue: settings.mode)), minDelta: settings.minDelta,
                cooldown: try #require(settings.cooldown), minLR: try #require(settings.minLr))
            #expect(try run(callback, example.values).rates == example.rates, "\(example)")
        }
        #expect(throws: TrainerError.self) { try ReduceLROnPlateau(factor: 1) }
    }

    @Test func `accuracies are to grow and losses to fall`() throws {
        #expect(
            try run(EarlyStopping(monitor: "val_accuracy", patience: 1), [0.1, 0.2, 0.1], name: "val_accuracy").epochs
                == 3)
        #expect(try run(EarlyStopping(patience: 1), [0.1, 0.2, 0.1]).epochs == 2)
    }

    @Test func `a value that nobody reports is warned about and stops nothing`() throws {
        let output = CallLog()
        let session = makeSession(FakeExecutor(), output)
        var logs: MetricValues = ["loss": 1]
        try EarlyStopping().onEpochEnd(3, logs: &logs, session)
        #expect(!session.stopTraining)
        #expect(
            output.all == [
                "Warning: EarlyStopping waits for val_loss, which this epoch does not report; it reports loss.\n"
            ])
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a loss that is no number ends training`(loss: Double) {
        let session = makeSession()
        TerminateOnNaN().onBatchEnd(0, logs: ["loss": 1e30], session)
        #expect(!session.stopTraining)
        TerminateOnNaN().onBatchEnd(1, logs: ["loss": loss], session)
        #expect(session.stopTraining)
    }

    @Test func `a schedule sets the rate and must give a number`() throws {
        let session = makeSession()
        let scheduler = LearningRateScheduler { epoch, rate in epoch < 2 ? rate / 2 : .nan }
        try scheduler.onEpochBegin(0, session)
        try scheduler.onEpochBegin(1, session)
        #expect(session.learningRate == 0.025)
        var logs: MetricValues = [:]
        scheduler.onEpochEnd(1, logs: &logs, session)
        #expect(logs["learning_rate"] == 0.025)
        #expect(throws: TrainerError.self) { try scheduler.onEpochBegin(2, session) }
    }

    @Test func `a CSV file has a header, a line an epoch, and NA for what is missing`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        let session = makeSession()
        func train(_ logger: CSVLogger, _ epochs: [MetricValues]) throws -> String {
            try logger.onTrainBegin(session)
            for (epoch, logs) in epochs.enumerated() {
                var logs = logs
                try logger.onEpochEnd(epoch, logs: &logs, session)
            }
            return try String(contentsOfFile: path, encoding: .utf8)
        }
        let logger = CSVLogger(path, separator: ";")
        let text = "epoch;accuracy;loss\r\n0;0.5;0.25\r\n1;NA;nan\r\n"
        #expect(try train(logger, [["loss": 0.25, "accuracy": 0.5], ["loss": .nan]]) == text)
        #expect(try train(logger, [["loss": 0.25, "accuracy": 0.5], ["loss": .nan]]) == text)
        #expect(try train(CSVLogger(path, separator: ";", append: true), [["loss": 1e-5]]) == text + "0;1e-05\r\n")
        let nowhere = CSVLogger("/no/such/folder/log.csv")
        #expect(throws: TrainerError.self) { try nowhere.onTrainBegin(session) }
    }
}
