import LeatCore
import LeatPipeline
import Testing

@Suite struct TensorSequenceTests {
    let inputs = Tensor((0..<10).map { Float($0) })
    let targets = Tensor((0..<10).map { Int32($0 * 10) })

    @Test func `batches hold the rows in order and the last one is short`() async throws {
        let sequence = try TensorSequence(inputs, targets, sampleWeights: inputs, batchSize: 4)
        #expect(sequence.count == 3)
        #expect(try await sequence.batch(at: 1).inputs == Tensor([4, 5, 6, 7] as [Float]))
        let last = try await sequence.batch(at: 2)
        #expect(
            last
                == Batch(
                    Tensor([8, 9] as [Float]), Tensor([80, 90] as [Int32]), sampleWeights: Tensor([8, 9] as [Float])))
    }

    @Test func `shuffled rows stay together and come once an epoch, in another order each`() async throws {
        let sequence = try TensorSequence(inputs, targets, batchSize: 3, shuffleSeed: 1)
        var epochs: [[Float]] = []
        for epoch in 0..<3 {
            var rows: [Float] = []
            for index in 0..<sequence.count {
                let batch = try await sequence.batch(at: index, epoch: epoch)
                let values: [Float] = try batch.inputs.elements()
                #expect(try batch.targets?.elements(as: Int32.self) == values.map { Int32($0 * 10) })
                rows += values
            }
            #expect(rows.sorted() == (0..<10).map { Float($0) })
            epochs.append(rows)
        }
        #expect(Set(epochs).count == 3)
    }

    @Test func `tensors that don't belong together are refused with their shapes`() throws {
        let error = #expect(throws: PipelineError.self) { try TensorSequence(inputs, Tensor([1 as Float])) }
        #expect(error?.message.contains("(1,)") == true)
        #expect(throws: PipelineError.self) { try TensorSequence(inputs, batchSize: 0) }
        #expect(throws: PipelineError.self) { try TensorSequence(Tensor(zeros: [0, 3])) }
    }
}
