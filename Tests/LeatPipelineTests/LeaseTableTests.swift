import LeatCore
import Testing

@testable import LeatPipeline

@Suite struct LeaseTableTests {
    private func ticket(_ number: Int) -> Ticket { Ticket(number: number, epoch: 0, index: number) }

    @Test func `leases of a worker that ended go to the next who asks, the earliest first`() {
        var table = LeaseTable(workers: 3)
        table.lease(ticket(0), to: 0)
        table.lease(ticket(2), to: 0)
        table.lease(ticket(1), to: 1)
        #expect(table.end(0) == .replace)
        #expect(table.end(1) == .replace)
        // Those over which a worker has ended are not for one that was there before.
        #expect((0..<2).map { _ in table.leaseReturned(to: 2)?.number } == [2, nil])
        #expect((0..<2).map { _ in table.leaseReturned(to: 0)?.number } == [0, nil])
        #expect((0..<2).map { _ in table.leaseReturned(to: 1)?.number } == [1, nil])
    }

    @Test func `an answer counts once and only from who was asked`() {
        var table = LeaseTable(workers: 2)
        table.lease(ticket(4), to: 0)
        #expect(table.settle(index: 4, epoch: 0, by: 1) == nil)
        #expect(table.settle(index: 4, epoch: 1, by: 0) == nil)
        #expect(table.settle(index: 4, epoch: 0, by: 0) == ticket(4))
        #expect(table.settle(index: 4, epoch: 0, by: 0) == nil)
    }

    @Test func `the first lease is blamed and given up after three ends, its neighbour is not`() {
        var table = LeaseTable(workers: 1)
        table.lease(ticket(0), to: 0)
        table.lease(ticket(1), to: 0)
        for _ in 0..<2 {
            #expect(table.end(0) == .replace)
            while table.leaseReturned(to: 0) != nil {}
        }
        #expect(table.end(0) == .giveUp(ticket(0)))
        #expect(table.leaseReturned(to: 0) == ticket(1))
        #expect(table.end(0) == .replace)
    }

    @Test func `a ticket is not blamed for workers that were hit together`() {
        var table = LeaseTable(workers: 3)
        table.lease(ticket(0), to: 0)
        #expect(table.end(0) == .replace)
        for worker in 1...2 {
            #expect(table.leaseReturned(to: worker) == nil)
            #expect(table.end(worker) == .replace)
        }
        #expect(table.leaseReturned(to: 2) == ticket(0))
    }

    @Test func `a lease that did not reach its worker is leased again and not blamed`() {
        var table = LeaseTable(workers: 1)
        table.lease(ticket(0), to: 0)
        _ = table.settle(index: 0, epoch: 0, by: 0)
        for _ in 0..<5 {
            table.lease(ticket(1), to: 0)
            table.giveBack(ticket(1), from: 0)
            #expect(table.leases(of: 0).isEmpty)
            #expect(table.leaseReturned(to: 0) == ticket(1))
            table.giveBack(ticket(1), from: 0)
        }
        #expect(table.end(0) == .replace)
        #expect(table.leaseReturned(to: 0) == ticket(1))
    }

    @Test func `workers that end before they do anything lead to surrender, useful ones don't`() {
        var table = LeaseTable(workers: 2)
        for _ in 0..<2 {
            #expect(table.end(0) == .replace)
            #expect(table.end(1) == .replace)
        }
        #expect(table.end(0) == .surrender)

        table = LeaseTable(workers: 1)
        for _ in 0..<10 {
            table.lease(ticket(0), to: 0)
            _ = table.settle(index: 0, epoch: 0, by: 0)
            #expect(table.end(0) == .replace)
        }
    }

    @Test func `through random lives no ticket is lost or leased twice`() {
        for seed in 0..<500 as Range<UInt64> {
            var random = PhiloxGenerator(seed: seed)
            var table = LeaseTable(workers: 3)
            var (next, open, done) = (0, Set<Int>(), Set<Int>())
            for _ in 0..<200 {
                let worker = Int.random(in: 0..<3, using: &random)
                let held = table.leases(of: worker)
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<5 where held.count < 2:
                    if table.leaseReturned(to: worker) == nil {
                        table.lease(ticket(next), to: worker)
                        open.insert(next)
                        next += 1
                    }
                case 5..<9:
                    guard let ticket = held.randomElement(using: &random) else { continue }
                    #expect(table.settle(index: ticket.index, epoch: 0, by: worker) == ticket)
                    #expect(done.insert(ticket.number).inserted, "seed \(seed)")
                default:
                    if case .giveUp(let ticket) = table.end(worker) {
                        #expect(done.insert(ticket.number).inserted, "seed \(seed)")
                    }
                }
            }
            let held = ((0..<3).flatMap { table.leases(of: $0) } + table.returned).map(\.number)
            #expect(Set(held).count == held.count, "seed \(seed)")
            #expect(Set(held) == open.subtracting(done), "seed \(seed)")
        }
    }
}
