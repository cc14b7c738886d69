import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

@testable import LeatTrainer

@Suite struct ArgumentTests {
    /// Expects the error code and, in its message, the words.
    private func expect(
        _ code: TrainerError.Code, _ words: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: (Trainer) async throws -> Void
    ) async throws {
        let fake = try FakeTrainer()
        do {
            try await body(fake.trainer)
            Issue.record("No error.", sourceLocation: sourceLocation)
        } catch let error as TrainerError {
            #expect(error.code == code, sourceLocation: sourceLocation)
            #expect(error.message.contains(words), "\(error)", sourceLocation: sourceLocation)
        }
        // What was refused has left nothing behind.
        #expect(fake.log.all == [], sourceLocation: sourceLocation)
        try await fake.trainer.fit(.counting(1), .labels(1), verbose: 0)
    }

    @Test func `different numbers of samples`() async throws {
        try await expect(.mismatchedSamples, "Found 3 input samples and 2 targets") {
            try await $0.fit(.counting(3), .labels(2), verbose: 0)
        }
        try await expect(.mismatchedSamples, "Found 3 input samples and 4 sample weights") {
            try await $0.fit(.counting(3), .labels(3), verbose: 0, sampleWeight: Tensor(zeros: [4]))
        }
        try await expect(.mismatchedSamples, "Found 2 input samples and 1 targets") {
            try await $0.fit(
                .counting(3), .labels(3), verbose: 0, validationData: .tensors(.counting(2), .labels(1)))
        }
        try await expect(.mismatchedSamples, "3 input") { _ = try await $0.evaluate(.counting(3), .labels(2)) }
        try await expect(.mismatchedSamples, "3 input") { _ = try await $0.trainOnBatch(.counting(3), .labels(2)) }
        try await expect(.mismatchedSamples, "3 input") { _ = try await $0.testOnBatch(.counting(3), .labels(2)) }
    }

    @Test func `nothing to train on`() async throws {
        try await expect(.noData, "at least one sample") { try await $0.fit(.counting(0), .labels(0)) }
        try await expect(.noData, "at least one sample") { _ = try await $0.evaluate(.counting(0), .labels(0)) }
        try await expect(.noData, "at least one sample") { _ = try await $0.predictOnBatch(.counting(0)) }
        try await expect(.noData, "divides 2 samples into 0 for training") {
            try await $0.fit(.counting(2), .labels(2), validationSplit: 0.9)
        }
    }

    @Test func `numbers out of range`() async throws {
        try await expect(.invalidArgument, "batchSize must be 1 or more, but it is 0") {
            try await $0.fit(.counting(2), .labels(2), batchSize: 0)
        }
        try await expect(.invalidArgument, "initialEpoch") {
            try await $0.fit(.counting(2), .labels(2), initialEpoch: -1)
        }
        try await expect(.invalidArgument, "stepsPerEpoch") {
            try await $0.fit(.counting(2), .labels(2), stepsPerEpoch: 0)
        }
        try await expect(.invalidArgument, "validationSplit must be") {
            try await $0.fit(.counting(2), .labels(2), validationSplit: 1)
        }
        try await expect(.invalidArgument, "axis of samples") {
            _ = try await $0.predict(Tensor([1] as [Float])[0])
        }
    }

    @Test func `class weights, also when nothing is trained`() async throws {
        try await expect(.missingClassWeight, "also contain 0") {
            try await $0.fit(.counting(2), .labels(2), epochs: 0, classWeight: [1: 1])
        }
        try await expect(.invalidArgument, "not both") {
            try await $0.fit(
                .counting(2), .labels(2), classWeight: [0: 1], sampleWeight: Tensor([1, 1] as [Float]))
        }
    }

    @Test func `temporal sample weights have a step axis`() async throws {
        let fake = try FakeTrainer(sampleWeightMode: .temporal)
        await #expect(throws: TrainerError.self) {
            try await fake.trainer.fit(.counting(2), .labels(2), sampleWeight: Tensor(zeros: [2]))
        }
        try await fake.trainer.fit(.counting(2), .labels(2), verbose: 0, sampleWeight: Tensor(zeros: [2, 3]))
    }

    @Test func `a generator does not know its steps`() async throws {
        func endless() -> BatchSource { BatchSource { try Batch(.counting(1), .labels(1)) } }
        try await expect(.invalidArgument, "give stepsPerEpoch") { try await $0.fitGenerator(endless(), verbose: 0) }
        try await expect(.invalidArgument, "give validationSteps") {
            try await $0.fitGenerator(endless(), stepsPerEpoch: 1, verbose: 0, validationData: .source(endless()))
        }
        try await expect(.invalidArgument, "give steps") { _ = try await $0.evaluateGenerator(endless()) }
        try await expect(.invalidArgument, "give steps") { _ = try await $0.predictGenerator(endless()) }
    }
}
