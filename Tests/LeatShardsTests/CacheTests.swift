import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct CacheTests {
    private typealias Machine = ShardCache.StateMachine<String, Int>

    @Test func `The first to ask loads, the others wait, and all are told`() {
        var machine = Machine(budget: 100)
        guard case .load(let evicted) = machine.request(1, byteCount: 60, waiter: 10) else {
            return #expect(Bool(false))
        }
        #expect(evicted.isEmpty)
        guard case .wait = machine.request(1, byteCount: 60, waiter: 11) else { return #expect(Bool(false)) }
        #expect(machine.hit(1) == nil)
        #expect(machine.finish(1, with: "one").waiters == [10, 11])
        #expect(machine.hit(1) == "one")
        guard case .ready("one") = machine.request(1, byteCount: 60, waiter: 12) else { return #expect(Bool(false)) }
        #expect(machine.finish(1, with: "again").waiters == [])
        #expect(machine.usedByteCount == 60)
    }

    @Test func `A shard that can't be loaded takes no room and is tried again`() {
        var machine = Machine(budget: 100)
        _ = machine.request(1, byteCount: 60, waiter: 10)
        #expect(machine.finish(1, with: nil).waiters == [10])
        #expect(machine.usedByteCount == 0)
        guard case .load = machine.request(1, byteCount: 60, waiter: 11) else { return #expect(Bool(false)) }
    }

    @Test func `Room is made by dropping what was not used for longest`() {
        var machine = Machine(budget: 100)
        for key in 1...4 {
            _ = machine.request(key, byteCount: 25, waiter: 0)
            _ = machine.finish(key, with: "\(key)")
        }
        #expect(machine.hit(1) == "1")
        guard case .load(let evicted) = machine.request(5, byteCount: 50, waiter: 0) else {
            return #expect(Bool(false))
        }
        #expect(evicted == ["2", "3"])
        #expect(machine.usedByteCount == 100)
        #expect(machine.hit(2) == nil)
        #expect(machine.hit(4) == "4")
    }

    @Test func `The last shard used stays beside the one being loaded, whatever the budget`() {
        var machine = Machine(budget: 0)
        for key in 1...3 {
            _ = machine.request(key, byteCount: 25, waiter: 0)
            _ = machine.finish(key, with: "\(key)")
            #expect(machine.usedByteCount <= 50)
        }
        #expect(machine.hit(1) == nil)
        #expect(machine.hit(2) == "2")
    }

    @Test func `A budget of no sense does not trap`() {
        for budget in [Int.min, -1, Int.max] {
            var machine = Machine(budget: budget)
            for key in 0..<3 {
                _ = machine.request(key, byteCount: 1 << 31, waiter: 0)
                _ = machine.finish(key, with: "")
            }
        }
    }

    @Test func `Many tasks read every batch right while shards come and go`() async throws {
        let path = try Fixture.path("zstd")
        let dataset = try ShardDataset(path, batchSize: 3, shuffle: .shards, memoryBudget: 0)
        let alone = try ShardDataset(path, batchSize: 3, shuffle: .shards)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<40 {
                        let index = (step * 7 + task * 5) % dataset.count
                        let batch = try await dataset.batch(at: index, epoch: task % 2)
                        let expected = try await alone.batch(at: index, epoch: task % 2)
                        #expect(batch == expected)
                    }
                }
            }
            try await group.waitForAll()
        }
        // Two shards of at most 700 bytes.
        #expect(dataset.samples.cache.usedByteCount <= 1400)
    }
}
