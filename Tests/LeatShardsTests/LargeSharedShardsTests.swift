#if os(Linux)
    import Glibc
    import LeatCore
    import LeatTestSupport
    import Testing

    @testable import LeatPipeline
    @testable import LeatShards

    /// Shared shards that are unpacked where all processes read them, in large pages.
    ///
    /// One after the other: a setting of the process keeps it from using large pages meanwhile.
    @Suite(.serialized) struct LargeSharedShardsTests {
        /// Two large pages, and small ones behind them.
        private static let byteCount = 2 * LargePages.byteCount + 5000

        private func makeShards(_ count: Int = 9) -> (SharedShards, SharedMemory)? {
            let layout = SharedShards.Layout(
                byteCounts: Array(repeating: Self.byteCount, count: count),
                budget: LargePages.memory(of: Self.byteCount))
            guard let memory = SharedMemory(byteCount: layout.byteCount),
                let shards = SharedShards(SharedFile(memory), layout)
            else { return nil }
            #expect(layout.slotCount == 3 && layout.hasLargePages)
            return (shards, memory)
        }

        /// Whether the system makes large pages of small ones on demand, as Linux does from 6.1 on.
        private static let canCollapse: Bool = {
            let collapse: Int32 = 25
            let (page, count) = (LargePages.byteCount, 2 * LargePages.byteCount)
            guard let start = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
                start != MAP_FAILED
            else { return false }
            defer { munmap(start, count) }
            let base = start.alignedUp(toMultipleOf: page)
            base.storeBytes(of: 1, as: UInt8.self)
            return madvise(base, page, collapse) == 0
        }()

        /// The bytes that stand behind a memory.
        private func usedByteCount(_ memory: SharedMemory) -> Int {
            var status = stat()
            return fstat(memory.descriptor, &status) == 0 ? 512 * Int(status.st_blocks) : 0
        }

        /// Keeps this process from large pages, or allows them again, with 0.
        private func disableLargePages(_ wish: UInt) -> Int32 {
            typealias Control = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
            let disable: Int32 = 41
            // Swift does not see functions with an open list of arguments.
            return dlsym(nil, "prctl").map { unsafeBitCast($0, to: Control.self)(disable, wish, 0, 0, 0) } ?? -1
        }

        @Test func `A shard is unpacked into its place, all of which is there before`() throws {
            guard let (shards, memory) = makeShards() else { return }
            guard case .fill(let filling) = shards.claim(4, byteCount: Self.byteCount, waits: false) else {
                return #expect(Bool(false))
            }
            guard Self.canCollapse else { return shards.abandon(filling) }
            let place = try #require(filling.memory)
            #expect(place.byteCount == Self.byteCount)
            #expect(usedByteCount(memory) >= Self.byteCount)
            place.withBytes { bytes in
                #expect(Int(bitPattern: bytes.baseAddress) % LargePages.byteCount == 0)
                for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index * 7) }
            }
            let before = usedByteCount(memory)
            let published = try #require(shards.publish(filling, place))
            #expect(published.unsafeBytes.count == Self.byteCount)
            #expect(
                published.unsafeBytes.indices.allSatisfy {
                    published.unsafeBytes[$0] == UInt8(truncatingIfNeeded: $0 * 7)
                })
            guard case .ready(let found) = shards.claim(4, byteCount: Self.byteCount, waits: false) else {
                return #expect(Bool(false))
            }
            #expect(found.unsafeBytes.elementsEqual(published.unsafeBytes))
            // Neither writing nor reading took more.
            #expect(usedByteCount(memory) == before)
        }

        @Test func `A slot's memory serves one shard after the other, larger ones also`() throws {
            guard let (shards, memory) = makeShards() else { return }
            for shard in 0..<9 {
                let byteCount = Self.byteCount - 4100 * (8 - shard)
                guard case .fill(let filling) = shards.claim(shard, byteCount: byteCount, waits: false) else {
                    return #expect(Bool(false))
                }
                guard Self.canCollapse else { return shards.abandon(filling) }
                let place = try #require(filling.memory)
                place.withBytes { for index in $0.indices { $0[index] = UInt8(shard) } }
                let published = try #require(shards.publish(filling, place))
                #expect(published.unsafeBytes.count == byteCount)
                #expect(published.unsafeBytes.allSatisfy { $0 == UInt8(shard) })
            }
            #expect(usedByteCount(memory) <= shards.layout.tableByteCount + 3 * shards.layout.slotByteCount)
        }

        @Test func `A shard that is read in its place keeps its slot`() throws {
            guard let (shards, _) = makeShards(), Self.canCollapse else { return }
            var kept: [ShardMemory] = []
            for shard in 0..<3 {
                guard case .fill(let filling) = shards.claim(shard, byteCount: Self.byteCount, waits: false) else {
                    return #expect(Bool(false))
                }
                let place = try #require(filling.memory)
                place.withBytes { for index in $0.indices { $0[index] = UInt8(shard) } }
                kept.append(try #require(shards.publish(filling, place)))
            }
            guard case .none = shards.claim(3, byteCount: Self.byteCount, waits: true) else {
                return #expect(Bool(false))
            }
            #expect(kept.enumerated().allSatisfy { number, memory in memory.unsafeBytes.allSatisfy { $0 == number } })
            kept.removeFirst()
            guard case .fill(let filling) = shards.claim(3, byteCount: Self.byteCount, waits: true) else {
                return #expect(Bool(false))
            }
            #expect(filling.memory != nil)
            shards.abandon(filling)
        }

        @Test func `Without large pages shards are unpacked elsewhere and written`() throws {
            guard let (shards, _) = makeShards() else { return }
            try #require(disableLargePages(1) == 0)
            defer { _ = disableLargePages(0) }
            guard case .fill(let filling) = shards.claim(2, byteCount: Self.byteCount, waits: false) else {
                return #expect(Bool(false))
            }
            #expect(filling.memory == nil)
            let memory = try ShardMemory(byteCount: Self.byteCount)
            memory.withBytes { for index in $0.indices { $0[index] = 9 } }
            let published = try #require(shards.publish(filling, memory))
            #expect(published.unsafeBytes.count == Self.byteCount && published.unsafeBytes.allSatisfy { $0 == 9 })
        }
    }
#endif
