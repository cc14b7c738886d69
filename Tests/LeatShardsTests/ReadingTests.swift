import Foundation
import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct ReadingTests {
    @Test(
        "Datasets that Streaming wrote hold what it was given",
        arguments: [
            "everything", "plain", "zstd", "zstd-7", "gz", "gz-1", "no-hash", "empty-first", "golden", "merged",
        ])
    func samples(name: String) async throws {
        let samples = try ShardSamples(Fixture.path(name))
        let expected = try Fixture.samples(name)
        #expect(samples.count == expected.count)
        for (number, values) in expected.enumerated() {
            let sample = try await samples.sample(at: number)
            #expect(sample.count == values.count)
            for (column, value) in values {
                #expect(matches(sample[column], value), "sample \(number), column \(column)")
            }
        }
    }

    @Test func `Streaming's datasets verify without a problem`() async throws {
        for name in ["everything", "plain", "zstd", "gz", "no-hash", "empty-first", "merged"] {
            let problems = try await ShardVerifier(Fixture.path(name)).problems()
            #expect(problems.isEmpty, "\(name)")
        }
    }

    @Test func `A batch stacks arrays and numbers along axis 0`() async throws {
        let dataset = try ShardDataset(Fixture.path("zstd"), batchSize: 16)
        #expect(dataset.count == 4)
        var samples: [Tensor] = []
        var labels: [Int] = []
        for index in 0..<dataset.count {
            let batch = try await dataset.batch(at: index)
            let count = index == 3 ? 2 : 16
            #expect(batch.inputs.shape == [count, 4, 4])
            #expect(batch.inputs.dtype == .uint8)
            #expect(batch.targets?.shape == [count])
            #expect(batch.targets?.dtype == .int64)
            #expect(batch.sampleWeights == nil)
            samples += try (0..<count).map { try batch.inputs[$0] }
            labels += try batch.targets?.elements(as: Int.self) ?? []
        }
        #expect(labels == (0..<50).map { $0 % 10 })
        for (tensor, values) in zip(samples, try Fixture.samples("zstd")) {
            #expect(matches(.tensor(tensor), values["x"] as Any))
        }
    }

    @Test func `Dropping the remainder leaves whole batches`() async throws {
        let dataset = try ShardDataset(Fixture.path("plain"), batchSize: 16, dropRemainder: true)
        #expect(dataset.count == 3)
        let error = await shardError { _ = try await dataset.batch(at: 3) }
        #expect(error?.code == .outOfRange)
    }

    @Test func `Numbers of every kind become tensors`() async throws {
        let path = try Fixture.path("everything")
        let expected = try Fixture.samples("everything")
        for dtype in DType.allCases {
            let batch = try await ShardDataset(path, batchSize: 13, inputs: dtype.rawValue).batch(at: 0)
            #expect(batch.inputs.dtype == dtype)
            #expect(batch.inputs.shape == [13])
        }
        let integers = try await ShardDataset(path, batchSize: 13, inputs: "str_int").batch(at: 0).inputs
        #expect(
            try integers.elements().map { (number: Int64) in "\(number)" } == expected.map { $0["str_int"] as? String })
        let numbers = try await ShardDataset(path, batchSize: 13, inputs: "str_decimal").batch(at: 0).inputs
        #expect(numbers.dtype == .float64)
        #expect(try numbers.elements(as: Double.self).last == 13.2)
    }

    @Test func `Arrays of a batch must have one shape`() async throws {
        let path = try Fixture.path("everything")
        let error = await shardError {
            _ = try await ShardDataset(path, batchSize: 2, inputs: "typed").batch(at: 0)
        }
        #expect(error?.code == .badValue)
        #expect(error?.message.contains("Sample 1") == true)
        #expect(error?.message.contains("(3, 2)") == true)
        let single = try await ShardDataset(path, batchSize: 1, inputs: "typed").batch(at: 1)
        #expect(single.inputs.shape == [1, 3, 2])
        let free = try await ShardDataset(path, batchSize: 1, inputs: "free").batch(at: 2)
        #expect(free.inputs.shape == [1, 2, 1, 3])
    }

    @Test func `Columns that don't exist or have no tensor are refused by name`() async throws {
        let path = try Fixture.path("everything")
        let missing = await shardError { _ = try ShardDataset(path, batchSize: 1, inputs: "pixels") }
        #expect(missing?.code == .badColumn)
        #expect(missing?.message.contains("`pixels`") == true)
        let text = await shardError { _ = try ShardDataset(path, batchSize: 1, inputs: "str") }
        #expect(text?.code == .badColumn)
        let ambiguous = await shardError { _ = try ShardDataset(path, batchSize: 1) }
        #expect(ambiguous?.message.contains("`fixed` (ndarray:float32:2,3)") == true)
        let size = await shardError { _ = try ShardDataset(path, batchSize: 0, inputs: "fixed") }
        #expect(size?.code == .outOfRange)
    }

    @Test func `A worker's copy reads the same batches, and refuses another dataset`() async throws {
        let folder = try Fixture.copy("zstd")
        let dataset = try ShardDataset(folder.data, batchSize: 8, shuffle: .shards, seed: 3)
        let json = try JSONEncoder().encode(dataset.configuration)
        let configuration = try JSONDecoder().decode(ShardDataset.Configuration.self, from: json)
        let copy = try await ShardDataset(configuration: configuration)
        for index in 0..<dataset.count {
            let batches = try await (dataset.batch(at: index, epoch: 5), copy.batch(at: index, epoch: 5))
            #expect(batches.0 == batches.1)
        }
        try folder.editIndex("\"samples\": 17", "\"samples\": 16")
        let error = await shardError { _ = try await ShardDataset(configuration: configuration) }
        #expect(error?.code == .badIndex)
    }

    @Test func `Of a compressed dataset, the unpacked files alone are enough`() async throws {
        let folder = try Fixture.copy("zstd")
        let expected = try await ShardDataset(folder.data, batchSize: 50).batch(at: 0)
        for entry in try ShardIndex(folder: folder.data).shards {
            let raw = try ShardMemory(byteCount: entry.raw.byteCount)
            try folder.read(entry.stored.name).withUnsafeBytes { bytes in
                try raw.withBytes { try entry.compression.unpack(bytes, into: $0) }
            }
            try folder.write(raw.withBytes { Array($0) }, to: entry.raw.name)
            try FileManager.default.removeItem(atPath: folder.data + "/" + entry.stored.name)
        }
        #expect(try await ShardDataset(folder.data, batchSize: 50).batch(at: 0) == expected)
        var bytes = try folder.read("shard.00001.mds")
        bytes[500] ^= 1
        try folder.write(bytes, to: "shard.00001.mds")
        let error = await shardError { _ = try await ShardDataset(folder.data, batchSize: 50).batch(at: 0) }
        #expect(error?.code == .wrongHash)
    }

    @Test func `A shard's columns can be had as a whole`() async throws {
        let shard = try await ShardSamples(Fixture.path("zstd")).shard(at: 1)
        #expect(shard.sampleCount == 17)
        #expect(try shard.tensor(ofColumn: "x").shape == [17, 4, 4])
        #expect(try shard.tensor(ofColumn: "y").elements(as: Int.self) == (17..<34).map { $0 % 10 })
        #expect(try shard.sample(at: 16)["y"] == .int(3))
        #expect(await shardError { _ = try shard.tensor(ofColumn: "z") }?.code == .badColumn)
        #expect(await shardError { _ = try shard.sample(at: 17) }?.code == .outOfRange)
        let texts = try await ShardSamples(Fixture.path("golden")).shard(at: 0)
        #expect(await shardError { _ = try texts.tensor(ofColumn: "s") }?.code == .badColumn)
    }
}
