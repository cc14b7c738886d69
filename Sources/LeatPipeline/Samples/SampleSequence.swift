/// A dataset that gives any of its samples by number.
///
/// Transformations and batches build on it, one after the other:
///
/// ```swift
/// let batches = try TarDataset("train-{000000..000099}.tar")
///     .select(["x": "jpg", "y": "cls"])
///     .decodingImages("x")
///     .map(seed: 7) { sample, random in … }
///     .batched(128, shuffleSeed: 7)
/// ```
///
/// Every batch is then a function of source, seeds and epoch, whoever makes it. Samples are asked for from several
/// tasks at once; as with `BatchSequence`, a loader's workers ask on threads on which a source may block on files.
public protocol SampleSequence: TransformableSamples, Sendable {
    /// The number of samples; it stays what it is.
    var count: Int { get }

    /// The samples with the given numbers, each 0 ..< `count`, in the order asked for.
    ///
    /// What a source holds is the same in every epoch; transformations may differ.
    func samples(at numbers: [Int], epoch: Int) async throws -> [Sample]

    /// Where a sample is kept, for the record of faults.
    ///
    /// By default it is in no file and has its number in the sequence.
    func place(of number: Int) -> SamplePlace
}

extension SampleSequence {
    /// No file, and the sample's number in the sequence.
    public func place(of number: Int) -> SamplePlace { SamplePlace(sample: number) }

    /// The samples with one more transformation behind them.
    public func appending(_ stage: SampleStage) -> SamplePipeline {
        SamplePipeline(source: self, kept: nil, stages: [stage])
    }

    /// One sample.
    public func sample(at number: Int, epoch: Int = 0) async throws -> Sample {
        let samples = try await samples(at: [number], epoch: epoch)
        guard let sample = samples.first else {
            throw PipelineError(.invalidSetting, "There is no sample \(number); there are \(count).")
        }
        return sample
    }

    /// The samples that the closure says yes to.
    ///
    /// It is asked here, once for every sample, as it is in epoch 0; what is kept then has numbers 0 ..< `count` in the
    /// old order. So the number of batches is known beforehand, and they are the same in every kind of worker. A source
    /// in worker processes is filtered again in each of them: filter large datasets when they are packed.
    public func filter(_ isIncluded: @Sendable (Sample) throws -> Bool) async throws -> SamplePipeline {
        try await SamplePipeline(source: self, kept: nil, stages: []).filter(isIncluded)
    }

    /// Hands every sample of epoch 0 to the closure, in order, a block in memory at a time.
    func forEach(_ body: (Int, Sample) throws -> Void) async throws {
        let blockSize = 64
        for start in stride(from: 0, to: count, by: blockSize) {
            try Task.checkCancellation()
            let numbers = Array(start..<min(start + blockSize, count))
            for (number, sample) in zip(numbers, try await samples(at: numbers, epoch: 0)) { try body(number, sample) }
        }
    }
}

/// A sequence of samples and the transformations that they go through.
public struct SamplePipeline: SampleSequence {
    let source: any SampleSequence
    /// The numbers in the source of those that a filter kept; nil for all.
    let kept: [Int]?
    let stages: [SampleStage]

    /// The number of samples.
    public var count: Int { kept?.count ?? source.count }

    /// The transformed samples with the given numbers.
    ///
    /// - Throws: What the source or a transformation throws.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        var sources = numbers
        if let kept {
            sources = try numbers.map { number throws(PipelineError) in
                guard kept.indices.contains(number) else {
                    throw PipelineError(.invalidSetting, "There is no sample \(number); there are \(kept.count).")
                }
                return kept[number]
            }
        }
        var samples = try await source.samples(at: sources, epoch: epoch)
        for (index, number) in sources.enumerated() where index < samples.count {
            // No stage here drops a sample: filters have been asked beforehand.
            _ = try stages.apply(to: &samples[index], number: number, epoch: epoch)
        }
        return samples
    }

    /// Where the source keeps the sample.
    public func place(of number: Int) -> SamplePlace {
        guard let kept else { return source.place(of: number) }
        return kept.indices.contains(number) ? source.place(of: kept[number]) : SamplePlace(sample: number)
    }

    /// The samples with one more transformation behind those they have.
    public func appending(_ stage: SampleStage) -> SamplePipeline {
        SamplePipeline(source: source, kept: kept, stages: stages + [stage])
    }

    /// The samples that the closure says yes to; asked here, once for every sample, as it is in epoch 0.
    ///
    /// - Throws: What the source, a transformation or the closure throws.
    public func filter(_ isIncluded: @Sendable (Sample) throws -> Bool) async throws -> SamplePipeline {
        var numbers: [Int] = []
        try await forEach { number, sample in
            if try isIncluded(sample) { numbers.append(kept?[number] ?? number) }
        }
        return SamplePipeline(source: source, kept: numbers, stages: stages)
    }
}
