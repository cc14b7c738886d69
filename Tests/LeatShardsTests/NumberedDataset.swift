import LeatCore
import LeatPipeline
import LeatShards

/// A dataset whose samples are their own numbers, in shards of a few.
final class NumberedDataset: Sendable {
    private let folder: TemporaryFolder
    let path: String

    /// `count` samples from `first` on; nine fit in a shard.
    init(_ count: Int, from first: Int = 0) throws {
        folder = try TemporaryFolder()
        path = folder.data
        let numbers = Tensor((first..<first + count).map { Int64($0) })
        try ShardWriter.write(["x": numbers], to: path, compression: .none, sizeLimit: 330)
    }
}

extension Batch {
    /// The numbers of a `NumberedDataset`'s samples.
    var numbers: [Int] { get throws { try inputs.elements(as: Int.self) } }
}

extension ShardDataset {
    /// The numbers of an epoch's samples, batch by batch.
    func numbers(epoch: Int = 0) async throws -> [[Int]] {
        var numbers: [[Int]] = []
        for index in 0..<count { numbers.append(try await batch(at: index, epoch: epoch).numbers) }
        return numbers
    }
}
