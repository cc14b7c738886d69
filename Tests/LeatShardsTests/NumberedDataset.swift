import Foundation
import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

/// A dataset whose samples are their own numbers, in shards of a few.
final class NumberedDataset: Sendable {
    private let folder: TemporaryFolder
    let path: String

    /// `count` samples from `first` on; by default nine fit in a shard.
    init(_ count: Int, from first: Int = 0, sizeLimit: Int = 330) throws {
        folder = try TemporaryFolder()
        path = folder.data
        let numbers = Tensor((first..<first + count).map { Int64($0) })
        try ShardWriter.write(["x": numbers], to: path, compression: .none, sizeLimit: sizeLimit)
    }

    /// Makes a dataset of the same shards again and again: as many files, which are links to those of this one.
    func repeatShards(times: Int, in folder: String) throws {
        #expect(mkdir(folder, 0o700) == 0)
        let shards = try ShardIndex(folder: path).shards
        var entries: [ShardIndex.Entry] = []
        for _ in 0..<times {
            for shard in shards {
                let name = "shard.\(entries.count).mds"
                #expect(link("\(path)/\(shard.raw.name)", "\(folder)/\(name)") == 0)
                entries.append(
                    ShardIndex.Entry(
                        columns: shard.columns, sampleCount: shard.sampleCount, compression: shard.compression,
                        raw: ShardIndex.File(name: name, byteCount: shard.raw.byteCount, hashes: shard.raw.hashes),
                        zip: nil, hashNames: shard.hashNames, sizeLimit: shard.sizeLimit))
            }
        }
        try Data(ShardIndex(shards: entries).json.utf8).write(to: URL(filePath: folder + "/" + ShardIndex.fileName))
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
