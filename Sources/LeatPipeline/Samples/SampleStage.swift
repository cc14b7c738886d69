public import LeatCore

/// One transformation of a sample, made by `map`, `select`, `filter` and their like.
public struct SampleStage: Sendable {
    /// Which sample of which pass it is, and how many stages it has behind it.
    struct Key {
        var number: Int
        var epoch: Int
        var stage = 0
    }

    /// Changes the sample; false drops it.
    let apply: @Sendable (inout Sample, Key) throws -> Bool

    init(_ apply: @escaping @Sendable (inout Sample, Key) throws -> Bool) { self.apply = apply }
}

extension [SampleStage] {
    /// Sends a sample through all stages; false as soon as one drops it.
    func apply(to sample: inout Sample, number: Int, epoch: Int) throws -> Bool {
        var key = SampleStage.Key(number: number, epoch: epoch)
        for stage in self {
            guard try stage.apply(&sample, key) else { return false }
            key.stage += 1
        }
        return true
    }
}

/// Samples that can be transformed on their way: by number (`SampleSequence`) or one after the other (`SampleStream`).
///
/// Transformations run in order, where the batch is made: in a worker's task or process. What they give must follow
/// from the sample, and from the random numbers that they are handed, alone.
public protocol TransformableSamples {
    /// Samples of the same kind with one transformation more.
    associatedtype Transformed: TransformableSamples

    /// The samples with one more transformation behind those they have.
    func appending(_ stage: SampleStage) -> Transformed
}

extension TransformableSamples {
    /// The samples, each replaced by what the closure makes of it.
    public func map(_ transform: @escaping @Sendable (Sample) throws -> Sample) -> Transformed {
        appending(
            SampleStage { sample, _ in
                sample = try transform(sample)
                return true
            })
    }

    /// The samples, each replaced by what the closure makes of it with random numbers: augmentation.
    ///
    /// The numbers are a function of the seed, the epoch, the sample's number in its source and the place of this
    /// transformation among the others, so that they are the same whoever makes the batch, and when.
    public func map(
        seed: UInt64, _ transform: @escaping @Sendable (Sample, inout PhiloxGenerator) throws -> Sample
    ) -> Transformed {
        appending(
            SampleStage { sample, key in
                // "samp"; apart from the numbers of orders and dropout. 2²⁴ blocks of 16 bytes are a sample's.
                let stream = 0x7361_6D70_0000_0000 ^ UInt64(key.stage) << 48 ^ UInt64(key.epoch)
                var random = PhiloxGenerator(seed: seed, stream: stream, counter: UInt64(key.number) << 24)
                sample = try transform(sample, &random)
                return true
            })
    }

    /// The samples with the array of one column replaced by what the closure makes of it.
    public func map(
        column name: String, _ transform: @escaping @Sendable (Tensor) throws -> Tensor
    ) -> Transformed {
        appending(
            SampleStage { sample, _ in
                sample[name] = .tensor(try transform(try sample.tensor(name)))
                return true
            })
    }

    /// The samples with only the columns of the given names, in their order.
    public func select(_ names: String...) -> Transformed { select(names.map { ($0, $0) }) }

    /// The samples with only the columns after the colons, under the names before them.
    public func select(_ columns: KeyValuePairs<String, String>) -> Transformed {
        select(columns.map { ($0.key, $0.value) })
    }

    private func select(_ columns: [(name: String, source: String)]) -> Transformed {
        appending(
            SampleStage { sample, _ in
                var chosen = Sample()
                for (name, source) in columns { chosen[name] = try sample.value(source) }
                sample = chosen
                return true
            })
    }
}
