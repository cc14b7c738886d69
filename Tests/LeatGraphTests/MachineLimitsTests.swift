import LeatGraph
import Testing

@Suite struct MachineLimitsTests {
    @Test func theFloorIsTheSlowerOfArithmeticAndMemory() throws {
        let limits = try MachineLimits(measuring: 1)
        #expect(limits.threads == 1)
        #expect(limits.gigaflops > 0 && limits.memoryGigabytesPerSecond > 0)
        #expect(limits.leastSeconds(operations: 0, bytes: 1e3) == 0, "what fits into the first cache costs nothing")
        let (arithmetic, moving) = (limits.gigaflops * 1e9, limits.memoryGigabytesPerSecond * 1e9)
        #expect(abs(limits.leastSeconds(operations: arithmetic, bytes: 0) - 1) < 1e-9)
        #expect(abs(limits.leastSeconds(operations: arithmetic, bytes: 2 * moving) - 2) < 1e-9)
        #expect(abs(limits.leastSeconds(operations: 3 * arithmetic, bytes: 2 * moving) - 3) < 1e-9)
    }
}
