import LeatPipeline
import Testing

@testable import LeatShards

@Suite struct CacheTests {
    private typealias Machine = ShardCache.StateMachine<String, Int>

    /// The shard that a loader is to load, and what is dropped for it; nil where there is nothing to do.
    private func next(_ machine: inout Machine) -> (key: Int, evicted: [String])? {
        guard case .load(let keys, let evicted) = machine.next() else { return nil }
        #expect(keys.count == 1)
        return (keys[0], evicted)
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

    @Test func `A loader takes some small shards at a time, and leaves others their part of what is demanded`() {
        var machine = Machine(byteCounts: Array(repeating: 10, count: 20), budget: 150, loaders: 2, jobByteCount: 40)
        func keys() -> [Int]? { if case .load(let keys, _) = machine.next() { keys } else { nil } }
        for key in 0..<3 { machine.demand(key) }
        machine.wish(Array(4..<20))
        #expect(machine.startLoaders() == 2)
        #expect(keys() == [0, 1])
        // What is demanded goes first and alone, and wishes as far as there is room.
        #expect(keys() == [2])
        #expect(keys() == [4, 5, 6, 7] && keys() == [8, 9, 10, 11] && keys() == [12, 13, 14, 15])
        #expect(machine.usedByteCount == 150)
        #expect(keys() == nil)
        for key in [0, 1, 2] { _ = machine.finish(key, with: "") }
        // The last two used stay as long as they are that.
        for key in 4..<16 { _ = machine.finish(key, with: "") }
        #expect(machine.startLoaders() == 1)
        #expect(keys() == [16, 17, 18])
    }

    @Test func `Who waits for small shards does not wait for a large one`() {
        var machine = Machine(byteCounts: [10, 10, 100, 10, 40, 10], budget: 500, loaders: 1, jobByteCount: 40)
        func keys() -> [Int]? { if case .load(let keys, _) = machine.next() { keys } else { nil } }
        machine.wish([0, 1, 2, 3])
        #expect(machine.startLoaders() == 1)
        #expect(keys() == [0, 1] && keys() == [2] && keys() == [3])
        for key in [5, 4] { machine.demand(key) }
        #expect(keys() == [5] && keys() == [4] && keys() == nil)
    }

    @Test func `A wish that was put off comes after all others, and one that failed comes no more`() {
        var machine = Machine(byteCounts: Array(repeating: 10, count: 6), budget: 60, loaders: 1)
        machine.wish([3, 1, 4, 0, 5, 2])
        _ = machine.startLoaders()
        #expect(next(&machine)?.key == 3)
        #expect(machine.postpone(3) == true)
        #expect(next(&machine)?.key == 1)
        _ = machine.finish(1, with: nil)
        #expect(next(&machine)?.key == 4)
        #expect(machine.postpone(4) == true)
        // Nor does it come sooner for being wished for anew.
        machine.wish([3, 4, 0, 5, 2])
        for key in [0, 5, 2, 3, 4] {
            #expect(next(&machine)?.key == key)
            _ = machine.finish(key, with: "\(key)")
        }
        #expect(next(&machine) == nil)
        // It is one of a new list again.
        machine.wish([1, 4])
        _ = machine.startLoaders()
        #expect(next(&machine)?.key == 1)
    }

    @Test func `Shards that leave the wish list are dropped in the order in which they were needed`() {
        var machine = Machine(byteCounts: Array(repeating: 10, count: 12), budget: 60, loaders: 1)
        machine.wish([5, 3, 4, 0, 1, 2])
        _ = machine.startLoaders()
        for _ in 0..<6 { _ = next(&machine).map { machine.finish($0.key, with: "\($0.key)") } }
        #expect(next(&machine) == nil)
        machine.wish([4, 1, 6, 7, 8])
        _ = machine.startLoaders()
        var evicted: [String] = []
        while let job = next(&machine) {
            evicted += job.evicted
            _ = machine.finish(job.key, with: "\(job.key)")
        }
        #expect(evicted == ["5", "3", "0"])
        #expect(machine.hit(2) == "2")
        // What was used last stays, so the wish that is needed last goes, and comes back when something else can go.
        #expect(load(9, &machine) == ["8", "2"])
        #expect(machine.hit(7) == "7")
        #expect(load(10, &machine) == ["9"])
    }

    @Test func `Of many shards, those that were put off and those that are demanded find their place, too`() {
        let count = 1 << 14
        var machine = Machine(byteCounts: Array(repeating: 1, count: count), budget: count / 2, loaders: 1)
        machine.wish(Array(0..<count))
        _ = machine.startLoaders()
        var (loaded, putOff) = (0, 0)
        while let job = next(&machine) {
            if job.key % 2 == 0, machine.postpone(job.key) {
                putOff += 1
            } else {
                _ = machine.finish(job.key, with: "")
                loaded += 1
            }
            _ = machine.startLoaders()
        }
        #expect(loaded == count / 2 && putOff == count / 2)
        for key in 0..<count / 2 {
            machine.demand(key)
            _ = machine.startLoaders()
            _ = next(&machine).map { machine.finish($0.key, with: "") }
            _ = machine.hit(key)
        }
        #expect(machine.usedByteCount <= count / 2 + 2)
    }

    @Test func `Under random requests, memory stays in bounds and nobody waits for ever`() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let sizes = (0..<12).map { _ in Int.random(in: 1...40, using: &random) }
            let budget = Int.random(in: 0...200, using: &random)
            var machine = Machine(
                byteCounts: sizes, budget: budget, loaders: 2, jobByteCount: Int.random(in: 1...60, using: &random))
            var (running, jobs, waiting): (Int, [[Int]], Set<Int>) = (0, [], [])
            func begin() {
                guard case .load(let keys, _) = machine.next() else { return running -= 1 }
                #expect(!keys.isEmpty && Set(keys).isDisjoint(with: jobs.joined()))
                jobs.append(keys)
            }
            for step in 0..<400 {
                let key = Int.random(in: 0..<12, using: &random)
                switch Int.random(in: 0..<5, using: &random) {
                case 0:
                    if case .wait = machine.request(key, waiter: step) { waiting.insert(step) }
                    running += machine.startLoaders()
                case 1:
                    machine.wish((0..<Int.random(in: 0...12, using: &random)).map { ($0 + key) % 12 })
                    running += machine.startLoaders()
                case 2 where running > jobs.count: begin()
                case 3 where !jobs.isEmpty:
                    for done in jobs.removeFirst() where !machine.postpone(done) || step % 3 > 0 {
                        waiting.subtract(machine.finish(done, with: step % 7 == 0 ? nil : "").waiters)
                    }
                default: _ = machine.hit(key)
                }
                #expect(running <= 2)
                // Two jobs, and the two shards that were used last.
                #expect(machine.usedByteCount <= max(budget, 0) + 2 * (60 + 40) + 2 * 40)
            }
            while running > 0 {
                if let done = jobs.popLast() {
                    for key in done { waiting.subtract(machine.finish(key, with: "").waiters) }
                } else {
                    begin()
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
