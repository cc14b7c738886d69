import LeatCore

extension Tensor {
    /// The array of the given shape whose elements this vector holds with the first axis running fastest.
    func transposedFromFortranOrder(_ shape: Shape) throws -> Tensor {
        try Tensor(shape: shape, dtype: dtype) { output in
            withUnsafeBytes { input in
                switch dtype.byteCount {
                case 1: Self.transpose(input, to: output, shape, as: UInt8.self)
                case 2: Self.transpose(input, to: output, shape, as: UInt16.self)
                case 4: Self.transpose(input, to: output, shape, as: UInt32.self)
                default: Self.transpose(input, to: output, shape, as: UInt64.self)
                }
            }
        }
    }

    private static func transpose<Word: BitwiseCopyable>(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawBufferPointer, _ shape: Shape, as word: Word.Type
    ) {
        let source = input.bindMemory(to: Word.self)
        let target = output.bindMemory(to: Word.self)
        let extents = shape.dimensions
        var strides: [Int] = []
        var stride = 1
        for extent in extents {
            strides.append(stride)
            stride *= extent
        }
        guard let lastExtent = extents.last, let lastStride = strides.last, !target.isEmpty else { return }
        var index = [Int](repeating: 0, count: extents.count)
        var offset = 0
        var position = 0
        while position < target.count {
            for step in 0..<lastExtent { target[position + step] = source[offset + step * lastStride] }
            position += lastExtent
            // The odometer of all axes but the last.
            var axis = extents.count - 2
            while axis >= 0 {
                index[axis] += 1
                offset += strides[axis]
                if index[axis] < extents[axis] { break }
                offset -= strides[axis] * extents[axis]
                index[axis] = 0
                axis -= 1
            }
        }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Reverses the bytes of each element.
    func swapBytes(ofElementsOf byteCount: Int) {
        switch byteCount {
        case 2: swapWords(UInt16.self)
        case 4: swapWords(UInt32.self)
        case 8: swapWords(UInt64.self)
        default: break
        }
    }

    private func swapWords<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type) {
        let words = bindMemory(to: Word.self)
        for index in words.indices { words[index] = words[index].byteSwapped }
    }
}
