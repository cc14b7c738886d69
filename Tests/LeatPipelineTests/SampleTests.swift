import LeatCore
import LeatPipeline
import LeatTestSupport
import Testing

@Suite struct SampleTests {
    private func numbers(_ batch: Batch) throws -> [Int] {
        try #require(batch.targets).elements(as: Int64.self).map { Int($0) }
    }

    private func allNumbers(_ batches: SampleBatches, epoch: Int = 0) async throws -> [[Int]] {
        var all: [[Int]] = []
        for index in 0..<batches.count { all.append(try numbers(try await batches.batch(at: index, epoch: epoch))) }
        return all
    }

    @Test func `Columns are found by name, and what is missing is named`() throws {
        var sample = Sample(["a": .number(1 as Int32), "b": .text("two"), "c": .bytes([3])])
        #expect(try sample.tensor("a") == Tensor([1 as Int32], shape: []))
        #expect(try sample.text("b") == "two")
        #expect(try sample.bytes("c") == [3])
        #expect(throws: PipelineError(.missingColumn, "A sample has no column 'd'; it has a, b, c.")) {
            try sample.value("d")
        }
        #expect(throws: PipelineError(.shapeMismatch, "The column 'b' of a sample holds a text, not an array.")) {
            try sample.tensor("b")
        }
        sample["b"] = nil
        sample["a"] = .text("one")
        #expect(sample == Sample(["a": .text("one"), "c": .bytes([3])]))
    }

    @Test func `Transformations run in order`() async throws {
        let samples = NumberedSamples(4).map(column: "y") {
            try Tensor($0.elements(as: Int64.self).map { $0 + 1 }, shape: [])
        }
        .map(column: "y") { try Tensor($0.elements(as: Int64.self).map { $0 * 10 }, shape: []) }
        .select(["label": "y", "text": "name"])
        #expect(
            try await samples.samples(at: [2, 0], epoch: 5) == [
                Sample(["label": .number(30 as Int64), "text": .text("2")]),
                Sample(["label": .number(10 as Int64), "text": .text("0")]),
            ])
        await #expect(throws: PipelineError.self) { try await NumberedSamples(1).select("z").sample(at: 0) }
    }

    @Test func `Random numbers follow from seed, epoch, sample and stage alone`() async throws {
        let draw: @Sendable (Sample, inout PhiloxGenerator) throws -> Sample = { sample, random in
            var sample = sample
            sample["r\(sample.names.count)"] = .text("\(random.next())")
            return sample
        }
        let samples = NumberedSamples(6).map(seed: 3, draw).map(seed: 3, draw)
        let together = try await samples.samples(at: [0, 1, 2, 3, 4, 5], epoch: 1)
        let alone = try await samples.sample(at: 4, epoch: 1)
        #expect(together[4] == alone)
        let drawn = together.flatMap {
            $0.names.filter { $0.hasPrefix("r") }.compactMap { name in try? alone.value(name) }
        }
        #expect(drawn.count == 12)
        let texts = try together.flatMap { [try $0.text("r3"), try $0.text("r4")] }
        #expect(Set(texts).count == 12)
        #expect(try await samples.sample(at: 4, epoch: 2) != alone)
        // A filter before changes positions, not the numbers of samples.
        let filtered = try await NumberedSamples(6).filter { try $0.text("name") != "0" }.map(seed: 3, draw).map(
            seed: 3, draw)
        #expect(try await filtered.sample(at: 3, epoch: 1) == alone)
    }

    @Test func `A filter keeps what it is asked to, and its order`() async throws {
        let even = try await NumberedSamples(9).filter { try $0.tensor("y").elements(as: Int64.self)[0] % 2 == 0 }
        #expect(even.count == 5)
        let some = try await even.filter { try $0.text("name") != "4" }
        let batches = try some.select("x", "y").paddedBatches(3)
        #expect(try await allNumbers(batches) == [[0, 2, 6], [8]])
        await #expect(throws: PipelineError.self) { try await even.sample(at: 5) }
    }

    @Test func `Batches of equal shapes are stacked, and a remainder dropped on request`() async throws {
        let samples = NumberedSamples(7).map(column: "x") { _ in Tensor([1 as Float, 2]) }
        let batches = try samples.batched(3)
        #expect(batches.count == 3)
        let first = try await batches.batch(at: 0)
        #expect(
            first == Batch(try Tensor([1, 2, 1, 2, 1, 2] as [Float], shape: [3, 2]), Tensor([0, 1, 2] as [Int64])))
        #expect(try await allNumbers(batches) == [[0, 1, 2], [3, 4, 5], [6]])
        #expect(try await allNumbers(try samples.batched(3, dropRemainder: true)) == [[0, 1, 2], [3, 4, 5]])
        await #expect(throws: PipelineError.self) { try await batches.batch(at: 3) }
        #expect(throws: PipelineError.self) { try samples.batched(0) }
        let chosen = try samples.batched(2, columns: BatchColumns(inputs: "y", sampleWeights: "x"))
        let batch = try await chosen.batch(at: 1)
        #expect(
            batch
                == Batch(
                    Tensor([2, 3] as [Int64]), sampleWeights: try Tensor([1, 2, 1, 2] as [Float], shape: [2, 2])))
        let ragged = try NumberedSamples(3).batched(3)
        let error = await #expect(throws: PipelineError.self) { try await ragged.batch(at: 0) }
        #expect(error?.message.contains("must be padded") == true)
    }

    @Test func `Shuffled, each epoch has an order of its own and every sample once`() async throws {
        let batches = try NumberedSamples(20).paddedBatches(6, shuffleSeed: 5)
        let epochs = [try await allNumbers(batches), try await allNumbers(batches, epoch: 1)]
        #expect(epochs[0] != epochs[1])
        for epoch in epochs {
            #expect(epoch.map(\.count) == [6, 6, 6, 2])
            #expect(epoch.joined().sorted() == Array(0..<20))
        }
        #expect(try await allNumbers(batches) == epochs[0])
    }

    @Test func `BatchPadding fills up to the longest or to a shape, at either side`() async throws {
        // Lengths 1, 3, 5, 2.
        let samples = NumberedSamples(4)
        let end = try await samples.paddedBatches(2, padding: BatchPadding(value: -1)).batch(at: 0)
        #expect(end.inputs == (try Tensor([0, -1, -1, 1, 1, 1] as [Float], shape: [2, 3])))
        let start = try await samples.paddedBatches(2, padding: BatchPadding(side: .start, inputShape: [5])).batch(
            at: 1)
        #expect(start.inputs == (try Tensor([2, 2, 2, 2, 2, 0, 0, 0, 3, 3] as [Float], shape: [2, 5])))
        await #expect(throws: PipelineError.self) {
            try await samples.paddedBatches(2, padding: BatchPadding(inputShape: [4])).batch(at: 1)
        }
        let pictures = samples.map { sample in
            let side = sample.names.count + (try sample.text("name") == "1" ? 0 : -1)
            var sample = sample
            sample["x"] = .tensor(try Tensor((1...UInt8(side * 2)).map { $0 }, shape: [side, 2]))
            return sample
        }
        let batch = try await pictures.paddedBatches(2, padding: BatchPadding(value: 9, inputShape: [3, 3])).batch(
            at: 0)
        #expect(
            batch.inputs
                == (try Tensor(
                    [1, 2, 9, 3, 4, 9, 9, 9, 9] + [1, 2, 9, 3, 4, 9, 5, 6, 9] as [UInt8], shape: [2, 3, 3])))
    }

    @Test(arguments: [nil, 8 as UInt64]) func `Buckets hold samples of like lengths`(seed: UInt64?) async throws {
        let batches = try await NumberedSamples(33).bucketedBatches(
            boundaries: [3, 5], batchSizes: [4, 3, 2], shuffleSeed: seed)
        let kept = try await NumberedSamples(33).bucketedBatches(
            boundaries: [3, 5], batchSizes: [4, 3, 2], dropRemainder: true, shuffleSeed: seed)
        for epoch in 0..<2 {
            let all = try await allNumbers(batches, epoch: epoch)
            #expect(all.joined().sorted() == Array(0..<33))
            let isFull = all.map { batch in
                let buckets = Set(
                    batch.map { NumberedSamples.length($0) < 3 ? 0 : NumberedSamples.length($0) < 5 ? 1 : 2 })
                #expect(buckets.count == 1)
                return batch.count == 4 - (buckets.first ?? 0)
            }
            #expect(isFull.filter { !$0 }.count <= 3)
            #expect(isFull.drop { $0 }.allSatisfy { !$0 })
            #expect(
                try await allNumbers(kept, epoch: epoch) == all.enumerated().filter { isFull[$0.offset] }.map(\.element)
            )
        }
        await #expect(throws: PipelineError.self) {
            try await NumberedSamples(3).bucketedBatches(boundaries: [5, 3], batchSizes: [1])
        }
        await #expect(throws: PipelineError.self) {
            try await NumberedSamples(3).bucketedBatches(boundaries: [5], batchSizes: [1, 2, 3])
        }
    }

    @Test(arguments: Workers.allCases)
    func `Transformed batches are the same, byte for byte, whoever makes them`(workers: Workers) async throws {
        let recipe = AugmentedNumbers(count: 40, seed: 9)
        let source = try await recipe.makeBatches()
        var expected: [Batch] = []
        for epoch in 0..<2 {
            for index in 0..<source.count { expected.append(try await source.batch(at: index, epoch: epoch)) }
        }
        let loader = try BatchLoader(
            BatchSource(try await RecipeSource(recipe)), workers: workers.count,
            useMultiprocessing: workers.areProcesses,
            launch: TestWorker.launch)
        #expect(try await collect(loader, limit: expected.count) == expected)
    }

    @Test func `A state of samples in batches is refused when they are batched otherwise`() async throws {
        func loader(_ size: Int) throws -> BatchLoader {
            try BatchLoader(BatchSource(NumberedSamples(12).batched(size, columns: BatchColumns(inputs: "y"))))
        }
        let state = try #require(loader(4).state(at: BatchPosition(index: 1)))
        try await loader(4).withBatches(resuming: state, limit: 1) { batches async throws in
            #expect(try await batches.next()?.inputs == Tensor([4, 5, 6, 7] as [Int64]))
        }
        let error = await #expect(throws: PipelineError.self) {
            try await loader(3).withBatches(resuming: state) { _ = try await $0.next() }
        }
        #expect(error?.message.contains("batchSize was `4` and is `3`") == true)
    }
}
