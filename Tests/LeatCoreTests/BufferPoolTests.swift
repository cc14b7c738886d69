import LeatCore
import Testing

@Suite struct BufferPoolTests {
    @Test func reusesTheBlockOfATensorThatIsGone() throws {
        let pool = BufferPool(limit: 1 << 20)
        func address() throws -> UInt {
            let tensor = try Tensor(shape: [10_000], dtype: .float32, pool: pool) { _ in }
            return tensor.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        }
        let first = try address()
        #expect(pool.idleByteCount == 65_536)
        #expect(try address() == first)
        #expect(first.isMultiple(of: 64))
    }

    @Test func keepsNoMoreThanItsLimit() throws {
        let pool = BufferPool(limit: 100_000)
        let tensors = try (0..<4).map { _ in try Tensor(shape: [10_000], dtype: .float32, pool: pool) { _ in } }
        withExtendedLifetime(tensors) { #expect(pool.idleByteCount == 0) }
        _ = consume tensors
        #expect(pool.idleByteCount == 65_536)
    }
}
