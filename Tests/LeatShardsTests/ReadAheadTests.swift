import Testing

@testable import LeatShards

/// Ten shards of ten bytes, each needed by four batches of one sample, in order.
@Suite struct ReadAheadTests {
    private func readAhead(budget: Int, batchSize: Int = 512) -> ReadAhead {
        ReadAhead(batchCount: 400, batchSize: batchSize, byteCounts: Array(repeating: 10, count: 100), budget: budget)
    }

    private func shards(_ batches: Range<Int>) -> [Int] { Set(batches.map { $0 / 4 }).sorted() }

    @Test func `From the first batch on, as many shards are wanted as memory holds`() {
        var ahead = readAhead(budget: 50)
        #expect(ahead.advance(to: 0, epoch: 0, shards: shards) == [0, 1, 2, 3, 4])
        #expect(ahead.advance(to: 1, epoch: 0, shards: shards) == nil)
    }

    @Test func `Shards that no batch needs any more make room for the next ones`() {
        var ahead = readAhead(budget: 100)
        var wanted = ahead.advance(to: 0, epoch: 0, shards: shards) ?? []
        for batch in 1..<400 {
            wanted = ahead.advance(to: batch, epoch: 0, shards: shards) ?? wanted
            #expect(wanted.contains(batch / 4))
            #expect(wanted.count <= 10)
            #expect(batch > 380 || wanted.contains(batch / 4 + 1))
        }
    }

    @Test func `Where all shards fit, all are wanted, and there is nothing to do later`() {
        var ahead = readAhead(budget: 1000, batchSize: 32)
        #expect(ahead.advance(to: 0, epoch: 0, shards: shards) == Array(0..<100))
        for batch in 1..<400 { #expect(ahead.advance(to: batch, epoch: 0, shards: shards) == nil) }
    }

    @Test func `Batches asked for a little out of order are in order`() {
        var ahead = readAhead(budget: 50)
        _ = ahead.advance(to: 3, epoch: 0, shards: shards)
        for batch in [1, 5, 2, 8, 4, 30, 9, 31] { #expect(ahead.advance(to: batch, epoch: 0, shards: shards) != []) }
    }

    @Test func `A jump ends reading ahead until batches are in order again`() {
        var ahead = readAhead(budget: 50)
        _ = ahead.advance(to: 0, epoch: 0, shards: shards)
        #expect(ahead.advance(to: 200, epoch: 0, shards: shards) == [])
        #expect(ahead.advance(to: 300, epoch: 0, shards: shards) == nil)
        #expect(ahead.advance(to: 301, epoch: 0, shards: shards) == [75, 76, 77, 78, 79])
    }

    @Test func `The next epoch begins anew, and a straggler of the last one changes nothing`() {
        var ahead = readAhead(budget: 50)
        _ = ahead.advance(to: 399, epoch: 0, shards: shards)
        #expect(ahead.advance(to: 0, epoch: 1, shards: shards) == [0, 1, 2, 3, 4])
        #expect(ahead.advance(to: 398, epoch: 0, shards: shards) == nil)
        #expect(ahead.advance(to: 1, epoch: 1, shards: shards) == nil)
    }
}
