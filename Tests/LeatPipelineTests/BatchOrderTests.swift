import LeatPipeline
import Testing

@Suite struct BatchOrderTests {
    @Test func `an order without shuffling is the source's`() {
        #expect(Array(BatchOrder(count: 4)) == [0, 1, 2, 3])
    }

    @Test(arguments: [0, 1, 2, 10, 1000]) func `a shuffled order visits each number once`(count: Int) {
        for epoch in 0..<5 {
            #expect(BatchOrder(count: count, shuffledBy: 3, epoch: epoch).sorted() == Array(0..<count))
        }
    }

    @Test func `an order depends on seed and epoch and on nothing else`() {
        let order = BatchOrder(count: 100, shuffledBy: 3, epoch: 1)
        #expect(order == BatchOrder(count: 100, shuffledBy: 3, epoch: 1))
        #expect(order != BatchOrder(count: 100, shuffledBy: 3, epoch: 2))
        #expect(order != BatchOrder(count: 100, shuffledBy: 4, epoch: 1))
    }

    @Test func `orders stay what they were in earlier versions`() {
        #expect(Array(BatchOrder(count: 10, shuffledBy: 7, epoch: 0)) == [2, 6, 9, 1, 5, 3, 7, 0, 8, 4])
        #expect(Array(BatchOrder(count: 10, shuffledBy: 7, epoch: 1)) == [3, 1, 7, 6, 5, 2, 4, 9, 0, 8])
    }

    @Test func `all orders of three numbers are about equally likely`() {
        var seen: [[Int]: Int] = [:]
        for epoch in 0..<6000 { seen[Array(BatchOrder(count: 3, shuffledBy: 1, epoch: epoch)), default: 0] += 1 }
        #expect(seen.count == 6)
        #expect(seen.values.allSatisfy { (850...1150).contains($0) })
    }
}
