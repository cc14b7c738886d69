import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

/// Shards as a source of samples that are transformed.
@Suite struct SampleSequenceTests {
    @Test func `Samples have the columns' values, and numbers their types`() async throws {
        let shards = try ShardSamples(Fixture.path("everything"))
        let numbers = Array((0..<shards.count).reversed()) + [0]
        let samples = try await shards.samples(at: numbers, epoch: 3)
        #expect(samples.count == numbers.count)
        for (number, sample) in zip(numbers, samples) {
            let known: ShardSample = try await shards.sample(at: number)
            #expect(sample.names == shards.columns.map(\.name))
            for column in shards.columns {
                switch (sample[column.name], known[column.name]) {
                case (.text(let a)?, .text(let b)?): #expect(a == b)
                case (.bytes(let a)?, .bytes(let b)?): #expect(a == b)
                case (.tensor(let a)?, .tensor(let b)?): #expect(a == b)
                case (.tensor(let a)?, .int(let value)?): #expect(try a.converted(to: .int64).elements() == [value])
                case (.tensor(let a)?, .uint(let value)?): #expect(try a.converted(to: .uint64).elements() == [value])
                case (.tensor(let a)?, .float(let value)?):
                    #expect(a.converted(to: .float64) == (try Tensor([value], shape: [])))
                default: Issue.record("\(column) has \(String(describing: sample[column.name]))")
                }
                if let element = column.encoding.fixedElement {
                    #expect(try sample.tensor(column.name).dtype == element.dtype)
                }
            }
        }
        await #expect(throws: ShardError.self) { try await shards.samples(at: [shards.count], epoch: 0) }
    }

    @Test func `Batches of transformed samples are those of the dataset where nothing is transformed`() async throws {
        let dataset = try ShardDataset(Fixture.path("golden"), batchSize: 3)
        let columns = BatchColumns(
            inputs: dataset.configuration.inputs, targets: dataset.configuration.targets,
            sampleWeights: dataset.configuration.sampleWeights)
        let batches = try dataset.samples.batched(3, columns: columns)
        #expect(batches.count == dataset.count)
        for index in 0..<batches.count { #expect(try await batches.batch(at: index) == dataset.batch(at: index)) }
    }
}
