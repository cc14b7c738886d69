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

    @Test func `Memory that no machine has is refused`() {
        #expect(throws: Malformed.self) { try ShardMemory(byteCount: 1 << 60) }
    }
}
