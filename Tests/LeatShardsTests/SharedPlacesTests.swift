import Foundation
import LeatCore
import Testing

@testable import LeatPipeline
@testable import LeatShards

/// Places for all shards of a dataset, as several processes see them: here each is a mapping of its own.
@Suite struct SharedPlacesTests {
    private static let byteCounts = [5000, 64, 0, 700, 65]

    /// So many processes' views of the same memory; nil where the system has no such memory.
    private func makeViews(_ count: Int) throws -> [SharedPlaces]? {
        let layout = SharedPlaces.Layout(byteCounts: Self.byteCounts, budget: 1 << 20)
        guard let memory = SharedMemory(byteCount: layout.byteCount) else { return nil }
        return try (0..<count).map { _ in try #require(SharedPlaces(SharedFile(memory), layout)) }
    }

    private func content(_ shard: Int, byteCount: Int? = nil) throws -> ShardMemory {
        let memory = try ShardMemory(byteCount: byteCount ?? Self.byteCounts[shard])
        _ = memory.withBytes { $0.initializeMemory(as: UInt8.self, repeating: UInt8(shard + 1)) }
        return memory
    }

    private func claim(_ shard: Int, _ view: SharedPlaces) -> SharedFilling? {
        let claim = view.claim(shard, byteCount: Self.byteCounts[shard], waits: false)
        return if case .fill(let filling) = claim { filling } else { nil }
    }

    private func found(_ shard: Int, _ view: SharedPlaces) -> ShardMemory? {
        let claim = view.claim(shard, byteCount: Self.byteCounts[shard], waits: true)
        return if case .ready(let memory) = claim { memory } else { nil }
    }

    @Test func `What one published, all find, each shard in its own place`() throws {
        guard let views = try makeViews(2) else { return }
        for shard in Self.byteCounts.indices {
            let filling = try #require(claim(shard, views[shard % 2]))
            #expect(views[shard % 2].publish(filling, try content(shard)) != nil)
        }
        for view in views {
            for shard in Self.byteCounts.indices {
                let memory = try #require(found(shard, view))
                #expect(memory.unsafeBytes.count == Self.byteCounts[shard])
                #expect(memory.unsafeBytes.allSatisfy { $0 == UInt8(shard + 1) })
            }
        }
    }

    @Test func `What another process fills is come back to, and then not waited for`() throws {
        guard let views = try makeViews(2) else { return }
        let filling = try #require(claim(3, views[0]))
        guard case .busy = views[1].claim(3, byteCount: 700, waits: false),
            case .none = views[1].claim(3, byteCount: 700, waits: true)
        else { return #expect(Bool(false)) }
        // As if the first had been killed, nothing else is held up.
        #expect(claim(0, views[1]) != nil)
        views[0].abandon(filling)
        let again = try #require(claim(3, views[1]))
        #expect(views[1].publish(again, try content(3)) != nil)
        #expect(found(3, views[0]) != nil)
    }

    @Test func `What does not fit its place is not published, and leaves the next one as it was`() throws {
        guard let views = try makeViews(1) else { return }
        let next = try #require(claim(3, views[0]))
        #expect(views[0].publish(next, try content(3)) != nil)
        let filling = try #require(claim(1, views[0]))
        #expect(views[0].publish(filling, try content(1, byteCount: 3000)) == nil)
        #expect(try #require(found(3, views[0])).unsafeBytes.allSatisfy { $0 == 4 })
        #expect(claim(1, views[0]) != nil)
    }

    @Test func `There are places where all shards are small, and the budget holds all`() {
        func byteCount(_ byteCounts: [Int], _ budget: Int) -> Int {
            SharedPlaces.Layout(byteCounts: byteCounts, budget: budget).byteCount
        }
        #expect(byteCount([64, 65, 1], 256) == 4096 + 256)
        #expect(byteCount([64, 65, 1], 255) == 0)
        #expect(byteCount(Array(repeating: 1, count: 1025), 1 << 20) == 8192 + 1025 * 64)
        #expect(byteCount([65_535, 65_535], 1 << 20) == 4096 + 2 << 16)
        #expect(byteCount([65_535, 65_536], 1 << 20) == 0)
        for few in [[], [8]] { #expect(byteCount(few, 1 << 20) == 0) }
        for budget in [Int.min, 0] { #expect(byteCount([8, 8], budget) == 0) }
    }

    @Test(arguments: [330, 64 << 10])
    func `What one process has read, another one does not read from the files`(sizeLimit: Int) async throws {
        let folder = try TemporaryFolder()
        let x = try Tensor((0..<40_000).map { Int64($0) }, shape: [20, 2000])
        try ShardWriter.write(["x": x], to: folder.data, compression: .zstd(), sizeLimit: sizeLimit)
        let index = try ShardIndex(folder: folder.data)
        let layout = SharedLayout(byteCounts: index.byteCounts, budget: 1 << 20)
        guard let memory = SharedMemory(byteCount: layout.byteCount) else { return }
        func samples() throws -> ShardSamples {
            try ShardSamples(
                folder: folder.data, index: index, memoryBudget: 1 << 20, verification: .recordedHashes, shared: memory)
        }
        let (first, second) = (try samples(), try samples())
        for number in 0..<20 { _ = try await first.sample(at: number) }
        for shard in index.shards { #expect(unlink("\(folder.data)/\(shard.stored.name)") == 0) }
        for number in 0..<20 {
            let sample = try await second.sample(at: number)
            let expected = try await first.sample(at: number)
            #expect(sample["x"] == expected["x"])
        }
        // Without the memory there is nothing left of it.
        await #expect(throws: ShardError.self) { try await ShardSamples(folder.data).sample(at: 0) }
    }
}
