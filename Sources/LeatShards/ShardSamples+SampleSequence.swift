import LeatCore
public import LeatPipeline

extension ShardSamples: SampleSequence {
    /// The shard's file, and the sample's number in it.
    public func place(of number: Int) -> SamplePlace {
        guard 0..<count ~= number else { return SamplePlace(sample: number) }
        let shard = starts.run(containing: number)
        let file = ShardFiles.join(folder, index.shards[shard].stored.name)
        return SamplePlace(file: file, sample: number - starts[shard])
    }

    /// The samples with the given numbers, with all their columns; numbers are arrays of shape `()` of their type.
    ///
    /// - Throws: `ShardError` if there is no such sample, or if its shard is damaged.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        let names = columns.map(\.name)
        var samples: [Sample] = []
        samples.reserveCapacity(numbers.count)
        var range = 0..<0
        var current: Shard?
        for number in numbers {
            guard 0..<count ~= number else {
                throw ShardError(.outOfRange, folder, "has \(count) samples and none with the number \(number).")
            }
            if !range.contains(number) {
                let place = starts.run(containing: number)
                current = try await cache.shard(place)
                range = starts[place]..<starts[place + 1]
            }
            guard let shard = current else { continue }
            let values = try columns.indices.map {
                try shard.sampleValue(ofColumn: $0, sample: number - range.lowerBound)
            }
            samples.append(Sample(names: names, values: values))
        }
        return samples
    }
}

extension Shard {
    /// A column's value in a sample, with its own element type.
    fileprivate func sampleValue(ofColumn column: Int, sample: Int) throws -> Sample.Value {
        if let element = columns[column].encoding.fixedElement {
            let bytes = try bytes(ofColumn: column, sample: sample)
            return .tensor(try Tensor(shape: element.shape, dtype: element.dtype) { $0.copyMemory(from: bytes) })
        }
        switch try value(ofColumn: column, sample: sample) {
        case .tensor(let tensor): return .tensor(tensor)
        case .text(let text): return .text(text)
        case .bytes(let bytes): return .bytes(bytes)
        case .int(let value): return .number(value)
        case .uint(let value): return .number(value)
        case .float(let value): return .number(value)
        }
    }
}
