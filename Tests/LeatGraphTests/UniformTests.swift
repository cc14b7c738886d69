import LeatCore
import LeatGraph
import Testing

@Suite struct UniformTests {
    @Test(arguments: [0, 1, 2, 31, 33, 200_003]) func uniformNumbersAreTheGenerators(_ count: Int) throws {
        let pool = try KernelPool(threads: 2)
        var generator = PhiloxGenerator(seed: 7, stream: 5 << 32 | 3)
        let expected = (0..<count).map { _ in Float(-0.25 + 0.75 * generator.nextUniform()) }
        for pool in [nil, pool] {
            let drawn = try Tensor.uniform(in: -0.25..<0.5, shape: [count], seed: 7, stream: 5 << 32 | 3, pool: pool)
            #expect(try drawn.elements(as: Float.self) == expected)
        }
    }
}
