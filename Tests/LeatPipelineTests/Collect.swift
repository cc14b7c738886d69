import LeatPipeline

/// All batches of a stream.
func collect(_ batches: BatchStream) async throws -> [Batch] {
    var all: [Batch] = []
    while let batch = try await batches.next() { all.append(batch) }
    return all
}

/// The first batches of a loader.
func collect(_ loader: BatchLoader, limit: Int? = nil) async throws -> [Batch] {
    try await loader.withBatches(limit: limit) { try await collect($0) }
}
