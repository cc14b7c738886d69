import LeatPipeline
import Testing

@Suite struct KeyedPermutationTests {
    @Test func `every number is visited once, whatever their count`() {
        for count in Array(0...130) + [255, 256, 257, 1000, 4097] {
            for stream in 0..<3 as Range<UInt64> {
                let permutation = KeyedPermutation(count: count, seed: 9, stream: stream)
                #expect((0..<count).map { permutation[$0] }.sorted() == Array(0..<count))
            }
        }
    }

    @Test func `numbers are found at once in the largest orders`() {
        for count in [Int.max, 1 << 62, 1 << 40 + 1] {
            let permutation = KeyedPermutation(count: count, seed: 1)
            let numbers = [0, 1, 2, count / 2, count - 2, count - 1].map { permutation[$0] }
            #expect(Set(numbers).count == 6)
            #expect(numbers.allSatisfy { (0..<count).contains($0) })
        }
    }

    @Test func `an order depends on seed and stream`() {
        func numbers(_ seed: UInt64, _ stream: UInt64) -> [Int] {
            let permutation = KeyedPermutation(count: 100, seed: seed, stream: stream)
            return (0..<100).map { permutation[$0] }
        }
        #expect(numbers(1, 1) == numbers(1, 1))
        #expect(Set([numbers(1, 1), numbers(1, 2), numbers(2, 1), numbers(0, 0)]).count == 4)
        let kept = KeyedPermutation(count: 10, seed: 7, stream: 1)
        #expect((0..<10).map { kept[$0] } == [9, 5, 6, 8, 1, 2, 3, 0, 4, 7])
    }

    @Test func `orders of a few are about equally likely`() {
        for (count, orders) in [(3, 6), (4, 24)] {
            var seen: [[Int]: Int] = [:]
            let draws = 1000 * orders
            for stream in 0..<UInt64(draws) {
                let permutation = KeyedPermutation(count: count, seed: 5, stream: stream)
                seen[(0..<count).map { permutation[$0] }, default: 0] += 1
            }
            #expect(seen.count == orders)
            // Five standard deviations.
            #expect(seen.values.allSatisfy { abs($0 - 1000) < 158 })
        }
    }

    @Test func `neighbours are as far apart as in a random order`() {
        let count = 10_000
        let permutation = KeyedPermutation(count: count, seed: 3)
        let numbers = (0..<count).map { permutation[$0] }
        let mean = zip(numbers, numbers.dropFirst()).reduce(0) { $0 + abs($1.0 - $1.1) } / (count - 1)
        // A third of the count, with a standard deviation of 24.
        #expect(abs(mean - count / 3) < 150)
        // Every position is equally likely to be in the upper half.
        let upper = numbers.prefix(count / 2).count { $0 >= count / 2 }
        #expect(abs(upper - count / 4) < 130)
    }
}
