import LeatCore
import Testing

@Suite struct PhiloxTests {
    /// The known answers of the authors' Random123 library (`kat_vectors`, philox4x32 with 10 rounds).
    @Test func agreesWithTheReferenceVectors() {
        #expect(Philox(seed: 0, stream: 0).block(0) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox(seed: .max, stream: .max).block(.max) == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox(seed: 0x299f_31d0_a409_3822, stream: 0x0370_7344_1319_8a2e).block(0x85a3_08d3_243f_6a88)
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func theGeneratorWalksTheStream() {
        var generator = PhiloxGenerator(seed: 5, stream: 6)
        let blocks = (0..<2).map { Philox(seed: 5, stream: 6).block($0) }
        let expected = blocks.flatMap { [UInt64($0.x) | UInt64($0.y) << 32, UInt64($0.z) | UInt64($0.w) << 32] }
        #expect((0..<4).map { _ in generator.next() } == expected)
    }

    @Test func uniformNumbersFillTheUnitInterval() {
        var generator = PhiloxGenerator(seed: 1)
        let numbers = (0..<10_000).map { _ in generator.nextUniform() }
        #expect(numbers.allSatisfy { (0..<1).contains($0) })
        #expect(abs(numbers.reduce(0, +) / 10_000 - 0.5) < 0.01)
    }
}
