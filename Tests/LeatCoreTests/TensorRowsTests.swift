import LeatCore
import Testing

@Suite struct TensorRowsTests {
    @Test func rowsAreThoseNamedInTheirOrder() throws {
        let tensor = try Tensor((0..<12).map(Int32.init), shape: [4, 3])
        let rows = try TensorRows(tensor, at: [3, 0, 3])
        #expect(rows.shape == [3, 3] && rows.length == 3 && rows.rank == 2)
        #expect(try rows.gathered() == Tensor([9, 10, 11, 0, 1, 2, 9, 10, 11] as [Int32], shape: [3, 3]))
        #expect(try TensorRows(tensor).gathered() == tensor)
        #expect(try TensorRows(tensor, at: []).gathered().shape == [0, 3])
        for odd in [-1, 4, .max] {
            #expect(throws: TensorError.self) { try TensorRows(tensor, at: [0, odd]) }
        }
        #expect(throws: TensorError.self) { try TensorRows(Tensor(zeros: [], dtype: .float32), at: [0]) }
    }
}
