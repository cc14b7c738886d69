import Synchronization
import Testing

@testable import LeatShards

@Suite(.timeLimit(.minutes(1))) struct RecentValuesTests {
    private final class Counter: Sendable {
        private let count = Atomic(0)

        func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    @Test func `Values are made once, and those that were asked for last are kept`() {
        let values = RecentValues<Int, Int>(limit: 2)
        var made: [Int] = []
        for key in [1, 1, 2, 1, 3, 1, 2, 3] {
            let value = values.value(for: key) {
                made.append(key)
                return key * 10
            }
            #expect(value == key * 10)
        }
        #expect(made == [1, 2, 3, 2, 3])
    }

    @Test func `A value that is being made keeps nobody from another`() {
        let values = RecentValues<Int, Int>(limit: 2)
        let first = values.value(for: 1) { values.value(for: 2) { 20 } + 1 }
        #expect(first == 21)
        #expect(values.value(for: 2) { 0 } == 20)
    }

    @Test func `Many who ask at once for a value get the same one`() async {
        for _ in 0..<50 {
            let values = RecentValues<Int, Int>(limit: 3)
            let made = Counter()
            await withTaskGroup(of: Int.self) { group in
                for task in 0..<12 {
                    group.addTask { values.value(for: task % 3) { made.next() } }
                }
                var all: Set<Int> = []
                for await value in group { all.insert(value) }
                #expect(all == [1, 2, 3])
            }
        }
    }
}
