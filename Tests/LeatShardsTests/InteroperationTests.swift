import Foundation
import LeatShards
import Testing

/// Writes datasets that Fixtures/check_ours.py reads with Streaming; run by hand.
@Suite struct InteroperationTests {
    private static let output = ProcessInfo.processInfo.environment["LEAT_SHARDS_OUT"]

    @Test("Datasets for Streaming to read", .enabled(if: output != nil, "LEAT_SHARDS_OUT names no folder"))
    func write() async throws {
        let folder = try #require(Self.output)
        let hashes = ShardHash.allCases.filter { $0 != .xxh128 }
        for name in ["everything", "plain", "golden"] {
            let source = try ShardSamples(Fixture.path(name))
            let columns = Dictionary(uniqueKeysWithValues: source.columns.map { ($0.name, $0.encoding) })
            for compression in ["none", "zstd", "zstd:19", "gz", "gz:1"] {
                let writer = try ShardWriter(
                    "\(folder)/\(name)@\(compression)", columns: columns,
                    compression: try #require(ShardCompression(name: compression)), hashes: hashes, sizeLimit: 1500)
                for number in 0..<source.count { try writer.append(try await source.sample(at: number)) }
                try writer.finish()
            }
        }
    }
}
