extension SampleBatches {
    /// The first sample of the batch that can't be made by itself, or doesn't go with the batch's first.
    ///
    /// The samples are made again, one by one; nil if all of them can be made this time.
    public func fault(ofBatch index: Int, epoch: Int) async -> SampleFault? {
        guard 0..<count ~= index else { return nil }
        var first: Sample?
        var collation = collation
        for number in numbers(of: index, epoch: epoch) {
            if Task.isCancelled { return nil }
            do {
                let sample = try await samples.sample(at: number, epoch: epoch)
                let columns = collation.columns ?? BatchColumns(of: sample)
                collation.columns = columns
                _ = try collation.batch(of: first.map { [$0, sample] } ?? [sample])
                first = first ?? sample
            } catch {
                return SampleFault(error, at: samples.place(of: number))
            }
        }
        return nil
    }
}
