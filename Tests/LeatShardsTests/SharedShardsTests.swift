import Foundation
import LeatCore
import LeatTestSupport
import Testing

@testable import LeatPipeline
@testable import LeatShards

/// The memory that worker processes share, as one process sees it; `StreamingMemoryTests` and the tests of worker
/// processes have several.
@Suite struct SharedShardsTests {
    private func makeShards(slots: Int, of byteCount: Int = 5000) throws -> SharedShards? {
        // Two slots are spare.
        let layout = SharedShards.Layout(
            byteCounts: Array(repeating: byteCount, count: 9), budget: (slots - 2) * LargePages.memory(of: byteCount))
        #expect(layout.slotCount == slots)
        guard let memory = SharedMemory(byteCount: layout.byteCount) else { return nil }
        return SharedShards(SharedFile(memory), layout)
    }

    private func memory(of byte: UInt8, count: Int = 5000) throws -> ShardMemory {
        let memory = try ShardMemory(byteCount: count)
        _ = memory.withBytes { $0.initializeMemory(as: UInt8.self, repeating: byte) }
        return memory
    }

    /// Puts a shard in, and returns it as it is there.
    private func put(_ shard: Int, in shards: SharedShards) throws -> ShardMemory? {
        guard case .fill(let filling) = shards.claim(shard, byteCount: 5000, waits: false) else { return nil }
        return shards.publish(filling, try memory(of: UInt8(shard)))
    }

    @Test func `What was published is found, and is the same`() throws {
        guard let shards = try makeShards(slots: 3) else { return }
        let mine = try #require(try put(4, in: shards))
        guard case .ready(let found) = shards.claim(4, byteCount: 5000, waits: false) else {
            return #expect(Bool(false))
        }
        #expect(found.unsafeBytes.elementsEqual(mine.unsafeBytes))
        #expect(found.unsafeBytes.count == 5000 && found.unsafeBytes.allSatisfy { $0 == 4 })
    }

    @Test func `A slot that is used stays, and the one that was not used for longest is taken`() throws {
        guard let shards = try makeShards(slots: 3) else { return }
        let kept = try put(4, in: shards)
        var (first, second) = (try put(1, in: shards), try put(2, in: shards))
        #expect(first != nil && second != nil && kept != nil)
        guard case .none = shards.claim(3, byteCount: 5000, waits: true) else { return #expect(Bool(false)) }
        first = nil
        second = nil
        // 1 is used once more, so 2 goes.
        guard case .ready = shards.claim(1, byteCount: 5000, waits: false) else { return #expect(Bool(false)) }
        #expect(try put(3, in: shards) != nil)
        guard case .ready = shards.claim(1, byteCount: 5000, waits: false) else { return #expect(Bool(false)) }
        guard case .fill(let filling) = shards.claim(2, byteCount: 5000, waits: false) else {
            return #expect(Bool(false))
        }
        shards.abandon(filling)
        withExtendedLifetime(kept) {}
    }

    @Test func `A slot that was given back is empty`() throws {
        guard let shards = try makeShards(slots: 3) else { return }
        for _ in 0..<3 {
            guard case .fill(let filling) = shards.claim(5, byteCount: 5000, waits: false) else {
                return #expect(Bool(false))
            }
            shards.abandon(filling)
        }
        #expect(try put(6, in: shards) != nil)
    }

    @Test func `The memory has slots for what fits into the budget, in whole pages`() {
        let layout = SharedShards.Layout(byteCounts: [1, 5000, 300], budget: 20_000)
        // Two of the budget; of its two spare slots there is a shard for one only.
        #expect(layout.slotByteCount == 8192 && layout.slotCount == 3)
        #expect(layout.byteCount == 4096 + 3 * 8192)
        #expect(layout.budgetOfOne(shardCount: 3) == 3 * 8192)
        let many = SharedShards.Layout(byteCounts: Array(repeating: 8192, count: 9), budget: 20_000)
        #expect(many.slotCount == 4 && many.budgetOfOne(shardCount: 9) == 2 * 8192)
        #expect(SharedShards.Layout(byteCounts: [5000], budget: 1 << 40).slotCount == 1)
        for budget in [Int.min, 0, 8191] {
            #expect(SharedShards.Layout(byteCounts: [5000, 5000], budget: budget).byteCount == 0)
        }
        #expect(SharedShards.Layout(byteCounts: [], budget: 1 << 40).byteCount == 0)
        // Thousands of locks take longer than to unpack a small shard again, and not as long as a large one.
        func slots(_ count: Int, of byteCount: Int) -> Int {
            SharedShards.Layout(byteCounts: Array(repeating: byteCount, count: count), budget: 1 << 40).slotCount
        }
        #expect(slots(1024, of: 8000) == 1024)
        #expect(slots(1025, of: 8000) == 0)
        #expect(slots(1025, of: 64 << 10) == 1025)
        #expect(slots(10_000, of: 4 << 20) == 8192)
    }

    /// Few shards at a time in slots, and all of them in places of their own.
    @Test(arguments: [50_000, 1 << 20])
    func `Workers that are killed while they share shards lose nothing`(memoryBudget: Int) async throws {
        let folder = try TemporaryFolder()
        let x = try Tensor((0..<60_000).map { UInt16($0) }, shape: [6000, 10])
        try ShardWriter.write(["x": x, "y": Tensor((0..<6000).map { Int64($0) })], to: folder.data, sizeLimit: 8000)
        let dataset = try ShardDataset(
            folder.data, batchSize: 50, shuffle: .shards, seed: 3, memoryBudget: memoryBudget)
        let places = SharedPlaces.Layout(byteCounts: dataset.index.byteCounts, budget: memoryBudget)
        #expect((places.byteCount > 0) == (memoryBudget > 200_000))
        #expect(dataset.index.shards.count > 20)
        let loader = try BatchLoader(
            BatchSource(dataset), workers: 3, useMultiprocessing: true, launch: .program(path: TestWorker.path))
        try await loader.withBatches(limit: 2 * dataset.count) { batches in
            for number in 0..<2 * dataset.count {
                let batch = try await batches.next()
                let (epoch, index) = number.quotientAndRemainder(dividingBy: dataset.count)
                #expect(try await batch == dataset.batch(at: index, epoch: epoch))
                guard number % 20 == 7, let victim = batches.workerProcesses.randomElement() else { continue }
                kill(victim, SIGKILL)
            }
        }
    }
}
