import LeatCore
public import LeatPipeline

/// Samples that say their number: `x` is a vector of 1 to 5 times the number, `y` the number, `name` its text.
public struct NumberedSamples: SampleSequence {
    public let count: Int

    public init(_ count: Int) { self.count = count }

    /// How long the vector of a sample is.
    public static func length(_ number: Int) -> Int { number * 7 % 5 + 1 }

    /// One of the samples.
    public static func sample(_ number: Int) -> Sample {
        Sample([
            "x": .tensor(Tensor([Float](repeating: Float(number), count: length(number)))),
            "y": .number(Int64(number)), "name": .text("\(number)"),
        ])
    }

    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] { numbers.map(Self.sample) }
}

/// Everything that a pipeline can do, with closures, to be made anew in each worker process.
public struct AugmentedNumbers: BatchRecipe {
    public var count: Int
    public var seed: UInt64

    public init(count: Int, seed: UInt64) {
        self.count = count
        self.seed = seed
    }

    public func makeBatches() async throws -> SampleBatches {
        try await NumberedSamples(count)
            .filter { sample in try sample.text("name").last != "3" }
            .map(seed: seed) { sample, random in
                var sample = sample
                let noise = Float(random.nextUniform())
                sample["x"] = .tensor(Tensor(try sample.tensor("x").elements(as: Float.self).map { $0 + noise }))
                return sample
            }
            .select("y", "x")
            .bucketedBatches(boundaries: [3, 5], batchSizes: [4, 3, 2], shuffleSeed: seed)
    }
}
