import LeatCore
import LeatPipeline
import Testing

@testable import LeatShards

/// Damage at random: whatever the bytes, there is data or an error, never a trap, a hang or a huge allocation.
@Suite struct MutationTests {
    private static let mutations = 400

    @Test(
        "Random damage gives an error or data",
        arguments: ["everything", "plain", "zstd", "gz", "no-hash", "empty-first", "golden", "merged"])
    func damage(name: String) async throws {
        let folder = try Fixture.copy(name)
        let index = try ShardIndex(folder: folder.data)
        let files = [ShardIndex.fileName] + index.shards.map(\.stored.name)
        var random = PhiloxGenerator(seed: 42, stream: UInt64(name.utf8.count))
        var refused = 0
        for _ in 0..<Self.mutations {
            // The index every other time: most of what can lie is in it.
            let file = Bool.random(using: &random) ? files[0] : files.randomElement(using: &random) ?? files[0]
            let original = try folder.read(file)
            try folder.write(Self.mutate(original, isIndex: file == files[0], &random), to: file)
            if await !readEverything(folder.data) { refused += 1 }
            try folder.write(original, to: file)
        }
        #expect(refused > Self.mutations / 10)
        #expect(await readEverything(folder.data))
    }

    /// Reads without hashes, so that the damage reaches the parsers, and with the verifier.
    private func readEverything(_ path: String) async -> Bool {
        do {
            let samples = try ShardSamples(path, verification: .sizesOnly)
            // A damaged index may truthfully describe many samples of no size.
            for number in 0..<min(samples.count, 100) { _ = try await samples.sample(at: number) }
            let column = samples.columns.first { $0.encoding.hasTensor }?.name
            if let column {
                let dataset = try ShardDataset(
                    path, batchSize: 3, inputs: column, targets: column, shuffle: .shards, verification: .sizesOnly)
                for index in 0..<min(dataset.count, 50) { _ = try? await dataset.batch(at: index) }
            }
            return try await ShardVerifier(path).problems().isEmpty
        } catch {
            #expect(error is ShardError, "\(error)")
            return false
        }
    }

    private static func mutate(_ bytes: [UInt8], isIndex: Bool, _ random: inout PhiloxGenerator) -> [UInt8] {
        var bytes = bytes
        guard !bytes.isEmpty else { return [1] }
        let position = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes.removeSubrange(position...)
        case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
        case 2: bytes.remove(at: position)
        case 3 where isIndex:
            // Another digit where there is one: numbers that are wrong, in text that is right.
            let digits = bytes.indices.filter { 48...57 ~= bytes[$0] }
            if let digit = digits.randomElement(using: &random) {
                bytes[digit] = UInt8.random(in: 48...57, using: &random)
            }
        case 4:
            for place in position..<min(position + 4, bytes.count) { bytes[place] = 255 }
        default: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        }
        return bytes
    }
}
