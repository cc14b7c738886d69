import LeatCore
import Testing

@Suite struct TensorTests {
    @Test func holdsWhatAnArrayHeld() throws {
        let tensor = try Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, -1])
        #expect(tensor.shape == [2, 3])
        #expect(tensor.dtype == .float32)
        #expect(try tensor.elements(as: Float.self) == [1, 2, 3, 4, 5, 6])
        #expect("\(tensor)" == "float32(2, 3)")
    }

    @Test func refusesAnotherNumberOfElements() {
        #expect(throws: TensorError.self) { try Tensor([1, 2, 3] as [Int32], shape: [2, 2]) }
        #expect(throws: TensorError.self) { try Tensor(zeros: [4]).reshaped(to: [-1, 3]) }
        #expect(throws: TensorError.self) { try Tensor(zeros: [0]).reshaped(to: [-1, 0]) }
    }

    @Test func refusesToBeReadAsAnotherType() {
        #expect(throws: TensorError(.dtypeMismatch, "A tensor of uint8 can't be read as float32.")) {
            try Tensor([1, 2] as [UInt8]).elements(as: Float.self)
        }
    }

    @Test func refusesShapesThatCannotBeCounted() {
        for shape: Shape in [[-1], [.max, 2], [.max / 4, 2], [0, 1 << 62, 4], [1 << 62, 4, 0]] {
            #expect(throws: TensorError.self) { try Tensor(shape: shape, dtype: .float64) { _ in } }
        }
    }

    @Test func refusesMoreBytesThanAnAddressReaches() {
        for shape: Shape in [[1 << 62], [(1 << 47) + 1], [1 << 30, 1 << 20]] {
            let error = #expect(throws: TensorError.self) { try Tensor(shape: shape, dtype: .uint8) { _ in } }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func countsEmptyShapesOnlyWhereTheirRowsCanBeCounted() {
        #expect(Shape([0, 3]).checkedCount == 0)
        #expect(Shape([3, 0, 2]).checkedCount == 0)
        #expect(Shape([]).checkedCount == 1)
        #expect(Shape([0, 1 << 62, 4]).checkedCount == nil)
        #expect(Shape([0, -1]).checkedCount == nil)
    }

    @Test func slicesShareStorageUntilOneIsWritten() throws {
        let whole = try Tensor(Array(0..<12) as [Int64], shape: [4, 3])
        var rows = try whole[1..<3]
        #expect(rows.shape == [2, 3])
        #expect(try rows.elements(as: Int64.self) == [3, 4, 5, 6, 7, 8])
        #expect(whole.withUnsafeBytes { $0.baseAddress.map { $0 + 24 } } == rows.withUnsafeBytes { $0.baseAddress })
        try rows.withMutableSpan(as: Int64.self) { $0[0] = 99 }
        #expect(try rows.elements(as: Int64.self).first == 99)
        #expect(try whole.elements(as: Int64.self) == Array(0..<12))
    }

    @Test func givesSingleRowsAndChosenRows() throws {
        let whole = try Tensor(Array(0..<12) as [Int32], shape: [4, 3])
        #expect(try whole[3].elements(as: Int32.self) == [9, 10, 11])
        #expect(try whole[3].shape == [3])
        #expect(try whole.rows(at: [2, 0, 2]).elements(as: Int32.self) == [6, 7, 8, 0, 1, 2, 6, 7, 8])
        #expect(throws: TensorError.self) { try whole[4] }
        #expect(throws: TensorError.self) { try whole[-1] }
        #expect(throws: TensorError.self) { try whole[2..<5] }
        #expect(throws: TensorError.self) { try whole.rows(at: [0, 4]) }
    }

    @Test func joinsAndStacks() throws {
        let (a, b) = (
            try Tensor([1, 2] as [Float], shape: [1, 2]), try Tensor([3, 4, 5, 6] as [Float], shape: [2, 2])
        )
        #expect(try Tensor.concatenated([a, b]) == Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2]))
        #expect(try Tensor.stacked([b, b]).shape == [2, 2, 2])
        #expect(throws: TensorError.self) { try Tensor.concatenated([]) }
        #expect(throws: TensorError.self) { try Tensor.concatenated([a, Tensor(zeros: [1, 3])]) }
        #expect(throws: TensorError.self) { try Tensor.concatenated([a, Tensor(zeros: [1, 2], dtype: .int64)]) }
    }

    @Test(arguments: DType.allCases, DType.allCases) func convertsBetweenAllTypes(from: DType, to: DType) throws {
        let small = Tensor([0, 1, 2, 100] as [UInt8])
        #expect(small.converted(to: from).converted(to: to).converted(to: .uint8) == small)
    }

    @Test func clampsAndTruncatesToIntegers() throws {
        let tensor = Tensor([-1.9, 1.9, 300, -300, .nan, .infinity] as [Double])
        #expect(try tensor.converted(to: .int8).elements(as: Int8.self) == [-1, 1, 127, -128, 0, 127])
        #expect(try tensor.converted(to: .uint64).elements(as: UInt64.self) == [0, 1, 300, 0, 0, .max])
    }

    @Test func comparesBytes() {
        #expect(Tensor([Float.nan]) == Tensor([Float.nan]))
        #expect(Tensor([0.0 as Float]) != Tensor([-0.0 as Float]))
    }

    @Test func emptyTensorsAreFine() throws {
        let empty = Tensor(zeros: [0, 5])
        #expect(empty.count == 0)
        #expect(try empty.rows(at: []).shape == [0, 5])
        #expect(empty.converted(to: .int32).shape == [0, 5])
    }
}
