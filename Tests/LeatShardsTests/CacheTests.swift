import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct CacheTests {
    private typealias Machine = ShardCache.StateMachine<String, Int>

    /// The shard that a loader is to load, and what is dropped for it; nil where there is nothing to do.
    private func next(_ machine: inout Machine) -> (key: Int, evicted: [String])? {
        if case .load(let key, let evicted) = machine.next() { (key, evicted) } else { nil }
    }

    /// Asks for a shard, and loads it.
    private func load(_ key: Int, _ machine: inout Machine) -> [String] {
        _ = machine.request(key, waiter: 0)
        _ = machine.startLoaders()
        var evicted: [String] = []
        while let job = next(&machine) {
            evicted += job.evicted
            evicted += machine.finish(job.key, with: "\(job.key)").evicted
        }
        return evicted
    }

    @Test func `The first to ask has it loaded, the others wait, and all are told`() {
        var machine = Machine(byteCounts: [0, 60], budget: 100, loaders: 4)
        guard case .wait = machine.request(1, waiter: 10), case .wait = machine.request(1, waiter: 11) else {
            return #expect(Bool(false))
        }
        #expect(machine.startLoaders() == 1)
        #expect(next(&machine)?.key == 1)
        #expect(next(&machine) == nil)
        guard case .wait = machine.request(1, waiter: 12) else { return #expect(Bool(false)) }
        #expect(machine.hit(1) == nil)
        #expect(machine.finish(1, with: "one").waiters == [10, 11, 12])
        #expect(machine.hit(1) == "one")
        guard case .ready("one") = machine.request(1, waiter: 13) else { return #expect(Bool(false)) }
        #expect(machine.finish(1, with: "again").waiters == [])
        #expect(machine.usedByteCount == 60)
    }

    @Test func `No more loaders run than allowed, and one that found nothing can be started again`() {
        var machine = Machine(byteCounts: Array(repeating: 1, count: 9), budget: 100, loaders: 2)
        for key in 0..<9 { machine.demand(key) }
        #expect(machine.startLoaders() == 2)
        #expect(machine.startLoaders() == 0)
        var loaded: [Int] = []
        while let job = next(&machine) {
            loaded.append(job.key)
            _ = machine.finish(job.key, with: "")
        }
        #expect(loaded == Array(0..<9))
        #expect(next(&machine) == nil)
        _ = machine.finish(0, with: nil)
        #expect(machine.startLoaders() == 0)
    }

    @Test func `A shard that can't be loaded takes no room and is tried again when it is asked for`() {
        var machine = Machine(byteCounts: [0, 60], budget: 100, loaders: 1)
        machine.wish([1])
        _ = machine.request(1, waiter: 10)
        #expect(machine.startLoaders() == 1)
        #expect(next(&machine)?.key == 1)
        #expect(machine.finish(1, with: nil).waiters == [10])
        #expect(machine.usedByteCount == 0)
        #expect(next(&machine) == nil)
        _ = machine.request(1, waiter: 11)
        #expect(machine.startLoaders() == 1)
        #expect(next(&machine)?.key == 1)
    }

    @Test func `Room is made by dropping what was not used for longest`() {
        var machine = Machine(byteCounts: [0, 25, 25, 25, 25, 50], budget: 100, loaders: 1)
        for key in 1...4 { #expect(load(key, &machine) == []) }
        #expect(machine.hit(1) == "1")
        #expect(load(5, &machine) == ["2", "3"])
        #expect(machine.usedByteCount == 100)
        #expect(machine.hit(2) == nil)
        #expect(machine.hit(4) == "4")
    }

    @Test func `The last shard used stays beside the one being loaded, whatever the budget`() {
        for budget in [Int.min, -1, 0] {
            var machine = Machine(byteCounts: [0, 25, 25, 25], budget: budget, loaders: 1)
            for key in 1...3 {
                _ = load(key, &machine)
                #expect(machine.usedByteCount <= 50)
            }
            #expect(machine.hit(1) == nil)
            #expect(machine.hit(2) == "2")
        }
    }

    @Test func `Wishes are loaded in order after demands, and only where there is room`() {
        var machine = Machine(byteCounts: Array(repeating: 25, count: 9), budget: 100, loaders: 3)
        machine.wish([3, 4, 5, 6, 7, 8])
        machine.demand(0)
        #expect(machine.startLoaders() == 3)
        var loaded: [Int] = []
        while let job = next(&machine) {
            loaded.append(job.key)
            // What nobody wished for makes room, and what is wished for does not.
            #expect(job.evicted == (job.key == 6 ? ["0"] : []))
            _ = machine.finish(job.key, with: "\(job.key)")
        }
        #expect(loaded == [0, 3, 4, 5, 6])
        #expect(machine.usedByteCount == 100)
    }

    @Test func `What is wished for stays when room is made, and what is not goes`() {
        var machine = Machine(byteCounts: Array(repeating: 25, count: 9), budget: 100, loaders: 1)
        for key in 0..<4 { #expect(load(key, &machine) == []) }
        machine.wish([0, 1, 5])
        #expect(machine.startLoaders() == 1)
        let job = next(&machine)
        #expect(job?.key == 5 && job?.evicted == ["2"])
        _ = machine.finish(5, with: "5")
        // 3 is neither the latest nor wished for; then the wish that is needed last goes.
        machine.wish([0, 1])
        #expect(load(6, &machine) == ["3"])
        machine.wish([0, 1, 6])
        #expect(load(7, &machine) == ["5"])
        // It comes back as soon as something else can go.
        #expect(load(8, &machine) == ["6", "7"])
        #expect(machine.hit(6) == "6")
    }

    @Test func `A shard that another process loads is put off once, and others are loaded first`() {
        var machine = Machine(byteCounts: [25, 25, 25], budget: 100, loaders: 1)
        _ = machine.request(0, waiter: 7)
        machine.demand(1)
        machine.wish([0, 1, 2])
        _ = machine.startLoaders()
        #expect(next(&machine)?.key == 0)
        #expect(machine.postpone(0) == true)
        #expect(next(&machine)?.key == 1)
        _ = machine.finish(1, with: "1")
        #expect(next(&machine)?.key == 0)
        #expect(machine.postpone(0) == false)
        #expect(machine.finish(0, with: "0").waiters == [7])
        #expect(next(&machine)?.key == 2)
        // There is nothing else to do: it is waited for.
        #expect(machine.postpone(2) == false)
        #expect(machine.usedByteCount == 75)
    }

    @Test func `Under random requests, memory stays in bounds and nobody waits for ever`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let sizes = (0..<12).map { _ in Int.random(in: 1...40, using: &random) }
            let budget = Int.random(in: 0...200, using: &random)
            var machine = Machine(byteCounts: sizes, budget: budget, loaders: 2)
            var (running, loading, waiting): (Int, [Int], Set<Int>) = (0, [], [])
            for step in 0..<400 {
                let key = Int.random(in: 0..<12, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    if case .wait = machine.request(key, waiter: step) { waiting.insert(step) }
                    running += machine.startLoaders()
                case 1:
                    machine.wish((0..<Int.random(in: 0...12, using: &random)).map { ($0 + key) % 12 })
                    running += machine.startLoaders()
                case 2 where running > loading.count:
                    if let job = next(&machine) { loading.append(job.key) } else { running -= 1 }
                case 3 where !loading.isEmpty:
                    let done = loading.removeFirst()
                    if !machine.postpone(done) || step % 3 > 0 {
                        waiting.subtract(machine.finish(done, with: step % 7 == 0 ? nil : "").waiters)
                    }
                default: _ = machine.hit(key)
                }
                #expect(running <= 2)
                #expect(machine.usedByteCount <= max(budget, 0) + 4 * 40)
            }
            while running > 0 {
                if let done = loading.popLast() {
                    waiting.subtract(machine.finish(done, with: "").waiters)
                } else if let job = next(&machine) {
                    loading.append(job.key)
                } else {
                    running -= 1
                }
            }
            #expect(waiting.isEmpty)
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
