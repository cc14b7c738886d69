import LeatCore
import Testing

@testable import LeatShards

@Suite struct MemoryTests {
    @Test func `A dropped block serves the next request of about its size`() throws {
        let pool = ShardMemoryPool()
        func address(_ memory: ShardMemory) -> UnsafeRawPointer? { memory.unsafeBytes.baseAddress }
        var first: ShardMemory? = try ShardMemory(byteCount: 3 << 20, pool: pool)
        let place = address(try #require(first))
        first = nil
        let larger = try ShardMemory(byteCount: 4 << 20, pool: pool)
        #expect(address(larger) != place)
        let muchSmaller = try ShardMemory(byteCount: 1 << 20, pool: pool)
        #expect(address(muchSmaller) != place)
        let smaller = try ShardMemory(byteCount: 2 << 20, pool: pool)
        #expect(address(smaller) == place)
        #expect(smaller.unsafeBytes.count == 2 << 20)
    }

    @Test func `No more than two blocks are kept`() throws {
        let pool = ShardMemoryPool()
        var blocks = try (1...5).map { try ShardMemory(byteCount: $0 << 20, pool: pool) }
        blocks.removeAll()
        let kept = (1...5).compactMap { pool.take($0 << 20)?.byteCount }
        #expect(kept.count == 2)
    }

    @Test(arguments: [1024, 1025, 8173, 65_535, 65_536])
    func `Small blocks lie side by side, and what is given back is used again`(byteCount: Int) throws {
        let pool = ShardMemoryPool()
        let count = (5 << 20) / byteCount
        var blocks = try (0..<count).map { _ in try ShardMemory(byteCount: byteCount, pool: pool) }
        for (number, block) in blocks.enumerated() {
            _ = block.withBytes { $0.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: number)) }
        }
        for (number, block) in blocks.enumerated() {
            #expect(block.unsafeBytes.count == byteCount)
            #expect(block.unsafeBytes.allSatisfy { $0 == UInt8(truncatingIfNeeded: number) })
        }
        // A quarter and a slab more than was asked for, at the most.
        #expect(pool.slabs.byteCount <= count * byteCount * 5 / 4 + 3 << 20)
        let full = pool.slabs.byteCount
        // Every other one goes, and as many take their places.
        let kept = stride(from: 0, to: count, by: 2).map { blocks[$0] }
        blocks = kept
        while blocks.count < count { blocks.append(try ShardMemory(byteCount: byteCount, pool: pool)) }
        #expect(pool.slabs.byteCount == full)
        #expect(Set(blocks.map { $0.unsafeBytes.baseAddress }).count == count)
    }

    @Test func `Blocks of all sizes take half as much again as was asked for, at the most`() throws {
        let pool = ShardMemoryPool()
        var random = PhiloxGenerator(seed: 5)
        var (blocks, total): ([ShardMemory], Int) = ([], 0)
        while total < 64 << 20 {
            blocks.append(try ShardMemory(byteCount: Int.random(in: 1024...(64 << 10), using: &random), pool: pool))
            total += blocks[blocks.count - 1].byteCount
        }
        #expect(pool.slabs.byteCount <= total * 3 / 2, "\(pool.slabs.byteCount) bytes for \(total)")
    }

    @Test func `A slab of which no block is used goes back to the system`() throws {
        let pool = ShardMemoryPool()
        var blocks = try (0..<1000).map { _ in try ShardMemory(byteCount: 8173, pool: pool) }
        #expect(pool.slabs.byteCount >= 8_000_000)
        blocks.removeLast(500)
        #expect(pool.slabs.byteCount <= 500 * 8192 + 5 << 20)
        blocks.removeAll()
        #expect(pool.slabs.byteCount <= 2 << 20)
    }

    @Test func `A small block outlives the pool that it is from`() throws {
        var pool: ShardMemoryPool? = ShardMemoryPool()
        let block = try ShardMemory(byteCount: 5000, pool: pool)
        pool = nil
        _ = block.withBytes { $0.initializeMemory(as: UInt8.self, repeating: 7) }
        #expect(block.unsafeBytes.allSatisfy { $0 == 7 })
    }

    @Test func `What one thread needs for a moment is the same block, as large as it was asked for`() throws {
        let scratch = ShardScratch()
        let first = try scratch.memory(byteCount: 5000, pool: nil)
        let second = try scratch.memory(byteCount: 60_000, pool: nil)
        #expect(first === second && second.unsafeBytes.count == 60_000)
        let third = try scratch.memory(byteCount: 200_000, pool: nil)
        #expect(third !== second && third.unsafeBytes.count == 200_000)
        _ = third.withBytes { $0.initializeMemory(as: UInt8.self, repeating: 7) }
        #expect(try scratch.memory(byteCount: 400_000, pool: nil) === third)
        #expect(throws: Malformed.self) { try scratch.memory(byteCount: 1 << 60, pool: nil) }
    }

    @Test func `Memory that no machine has is refused`() {
        #expect(throws: Malformed.self) { try ShardMemory(byteCount: 1 << 60) }
    }
}
