import LeatCore
import Testing

@testable import LeatTrainer

@Suite struct ValueTests {
    @Test func `class weights become sample weights`() throws {
        let weights = [0: 1.0, 1: 2.5, 2: 0]
        let expected: [Float] = [2.5, 1, 0]
        let oneHot = try Tensor([0.1, 0.8, 0.1, 5, 5, -1, 0, 0, 1] as [Float], shape: [3, 3])
        let labels: [Tensor] = [
            Tensor([1, 0, 2] as [UInt8]), Tensor([1, 0, 2] as [Float]), Tensor([1, 0, 2]),
            try Tensor([1, 0, 2] as [Int32], shape: [3, 1]), oneHot,
        ]
        for targets in labels {
            #expect(try ClassWeights.sampleWeights(for: targets, weights).elements(as: Float.self) == expected)
        }
    }

    @Test func `a class without a weight is named`() {
        #expect {
            try ClassWeights.sampleWeights(for: Tensor([0, 3, 7, 3]), [0: 1])
        } throws: { error in
            let error = error as? TrainerError
            return error?.code == .missingClassWeight && error?.message.hasSuffix("also contain 3, 7.") == true
        }
        #expect(throws: TrainerError.self) { try ClassWeights.sampleWeights(for: Tensor([0.5, .nan]), [0: 1]) }
        #expect(throws: TrainerError.self) {
            try ClassWeights.sampleWeights(for: Tensor(zeros: [2, 3, 1]), [0: 1])
        }
    }

    @Test func `averages count every sample alike, and weighted metrics by their weights`() {
        var averages = EpochAverages(names: ["loss", "accuracy", "weighted"], weightedFrom: 2)
        averages.add([1, 0.5, 10], size: 30, weight: 1)
        averages.add([4, 1, 40], size: 10, weight: 2)
        #expect(averages.values == ["loss": 1.75, "accuracy": 0.625, "weighted": 30])
        averages.reset()
        averages.add([2, 2, 2], size: 1, weight: 1)
        #expect(averages.values.values == [2, 2, 2])
        averages.add([2, 2, .nan], size: 1, weight: 0)
        #expect(averages.values.values == [2, 2, 2], "a batch in which nothing counts does not count")
        averages.reset()
        averages.add([2, 2, .nan], size: 1, weight: 0)
        #expect(averages.values.values == [2, 2, 0])
    }

    @Test func `metric values keep their order and take new names at the end`() {
        var values: MetricValues = ["loss": 0.5, "accuracy": 0.25]
        values["lr"] = 0.1
        values["loss"] = 2
        #expect(values.names == ["loss", "accuracy", "lr"])
        #expect(values.loss == 2)
        values["accuracy"] = nil
        #expect(values.values == [2, 0.1])
        #expect(values["accuracy"] == nil)
        #expect(values.description == "loss: 2.0000 - lr: 0.1000")
        #expect(MetricValues(names: [], values: []).loss.isNaN)
    }

    @Test func `a history has a list a name`() {
        var history = History()
        history.append(epoch: 3, logs: ["loss": 2], seconds: 0.5)
        history.append(epoch: 4, logs: ["loss": 1, "lr": 0.1], seconds: 0.25)
        #expect(history.epochs == [3, 4])
        #expect(history["loss"] == [2, 1])
        #expect(history.history == ["loss": [2, 1], "lr": [0.1]])
        #expect(history.names == ["loss", "lr"])
        #expect(history.epochSeconds == [0.5, 0.25])
        #expect(history["other"] == [])
    }

    @Test func `verbosity and shuffle are written as in Keras`() {
        let verbose: [Verbosity] = [0, 1, 2]
        #expect(verbose == [.silent, .progressBar, .onePerEpoch])
        let shuffle: [Shuffle] = [true, false]
        #expect(shuffle == [.all, .none])
    }

    @Test func `a full event buffer loses its oldest batch events only`() {
        var buffer = EventBuffer(limit: 2)
        let batch = { (number: Int) in TrainingEvent.batchEnded(number, [:]) }
        buffer.append(.epochBegan(0))
        for number in 0..<5 { buffer.append(batch(number)) }
        buffer.append(.epochEnded(0, [:]))
        buffer.append(.epochBegan(1))
        buffer.append(batch(5))
        var events: [TrainingEvent] = []
        while let event = buffer.popFirst() { events.append(event) }
        #expect(events == [.epochBegan(0), batch(4), .epochEnded(0, [:]), .epochBegan(1), batch(5)])
    }
}
