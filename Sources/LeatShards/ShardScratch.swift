/// Memory for what one thread needs for a moment, one file after the other: small ones in the same block.
final class ShardScratch {
    private static let leastByteCount = 64 << 10

    private var block: ShardMemory?
    private var capacity = 0

    /// A block with undefined content, to be used until the next one is asked for.
    ///
    /// - Throws: `Malformed` if there is not that much memory.
    func memory(byteCount: Int, pool: ShardMemoryPool?) throws(Malformed) -> ShardMemory {
        if byteCount >= ShardMemory.smallestMapping { return try ShardMemory(byteCount: byteCount, pool: pool) }
        if let block, byteCount <= capacity {
            block.byteCount = byteCount
            return block
        }
        let roomy = max(2 * byteCount, Self.leastByteCount)
        let made = try ShardMemory(byteCount: roomy)
        made.byteCount = byteCount
        (block, capacity) = (made, roomy)
        return made
    }
}
