extension Tensor {
    /// A vector of the array's elements.
    public init<Scalar: TensorScalar>(_ elements: [Scalar]) {
        let storage = TensorStorage(byteCount: elements.count * MemoryLayout<Scalar>.stride)
        elements.withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { storage.base.copyMemory(from: base, byteCount: bytes.count) }
        }
        self.init(shape: [elements.count], dtype: Scalar.dtype, storage: storage, byteOffset: 0)
    }

    /// A tensor of the array's elements in row-major order; one extent may be -1 and is worked out.
    ///
    /// - Throws: `TensorError` if the array has another number of elements than the shape.
    public init<Scalar: TensorScalar>(_ elements: [Scalar], shape: Shape) throws(TensorError) {
        self = try Tensor(elements).reshaped(to: shape)
    }

    /// The elements in row-major order.
    ///
    /// - Throws: `TensorError` if the element type is another one; `converted(to:)` changes it first.
    public func elements<Scalar: TensorScalar>(as type: Scalar.Type = Scalar.self) throws(TensorError) -> [Scalar] {
        try checkElementType(type)
        return withUnsafeBytes { Array($0.bindMemory(to: Scalar.self)) }
    }

    /// Calls `body` with a typed view of the elements in row-major order.
    ///
    /// - Throws: `TensorError` if the element type is another one, and whatever `body` throws.
    public func withSpan<Scalar: TensorScalar, Result>(
        as type: Scalar.Type = Scalar.self, _ body: (Span<Scalar>) throws -> Result
    ) throws -> Result {
        try checkElementType(type)
        return try withUnsafeBytes { try body($0.bindMemory(to: Scalar.self).span) }
    }

    /// Calls `body` with a typed view of the elements that it may change; copies first if the storage is shared.
    ///
    /// - Throws: `TensorError` if the element type is another one, and whatever `body` throws.
    public mutating func withMutableSpan<Scalar: TensorScalar, Result>(
        as type: Scalar.Type = Scalar.self, _ body: (inout MutableSpan<Scalar>) throws -> Result
    ) throws -> Result {
        try checkElementType(type)
        return try withUnsafeMutableBytes { bytes in
            var span = bytes.bindMemory(to: Scalar.self).mutableSpan
            return try body(&span)
        }
    }

    /// Calls `body` with the elements' bytes, valid only for the duration of the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(storage) {
            try body(UnsafeRawBufferPointer(start: storage.base + byteOffset, count: byteCount))
        }
    }

    /// Calls `body` with the elements' bytes, which it may change; copies first if the storage is shared.
    public mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        if !isKnownUniquelyReferenced(&storage) {
            let copy = TensorStorage(byteCount: byteCount)
            copy.base.copyMemory(from: storage.base + byteOffset, byteCount: byteCount)
            storage = copy
            byteOffset = 0
        }
        return try body(UnsafeMutableRawBufferPointer(start: storage.base + byteOffset, count: byteCount))
    }

    private func checkElementType<Scalar: TensorScalar>(_ type: Scalar.Type) throws(TensorError) {
        guard dtype == Scalar.dtype else {
            throw TensorError(.dtypeMismatch, "A tensor of \(dtype) can't be read as \(Scalar.dtype).")
        }
    }
}
