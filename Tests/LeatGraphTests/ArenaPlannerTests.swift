import LeatCore
import Testing

@testable import LeatGraph

@Suite struct ArenaPlannerTests {
    @Test func buffersAliveTogetherNeverOverlap() {
        for seed in 0..<200 as Range<UInt64> {
            var generator = PhiloxGenerator(seed: seed)
            let buffers = (0..<40).map { _ in
                let first = Int.random(in: 0..<50, using: &generator)
                return ArenaPlanner.Buffer(
                    byteCount: Int.random(in: 0...5000, using: &generator), firstStep: first,
                    lastStep: first + Int.random(in: 0..<15, using: &generator))
            }
            let planner = ArenaPlanner(buffers)
            for (i, a) in buffers.enumerated() {
                #expect(planner.offsets[i].isMultiple(of: 64))
                #expect(planner.offsets[i] + a.byteCount <= planner.byteCount)
                for (j, b) in buffers.enumerated().dropFirst(i + 1)
                where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep && a.byteCount > 0 && b.byteCount > 0 {
                    let (x, y) = (planner.offsets[i], planner.offsets[j])
                    #expect(x + a.byteCount <= y || y + b.byteCount <= x, "seed \(seed), buffers \(i) and \(j)")
                }
            }
        }
    }

    @Test func buffersThatFollowEachOtherShareOnePlace() {
        let planner = ArenaPlanner((0..<10).map { .init(byteCount: 1000, firstStep: $0 * 2, lastStep: $0 * 2 + 1) })
        #expect(planner.byteCount == 1024)
    }
}
