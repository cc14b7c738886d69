extension Tensor {
    /// The elements as another type: integers are truncated towards zero and clamped, NaN becomes 0 in integers.
    public func converted(to target: DType) -> Tensor {
        guard target != dtype else { return self }
        return target.withScalarType { convert(to: $0) }
    }

    private func convert<Target: TensorScalar>(to type: Target.Type) -> Tensor {
        dtype.withScalarType { convert(from: $0, to: type) }
    }

    private func convert<Source: TensorScalar, Target: TensorScalar>(
        from source: Source.Type, to target: Target.Type
    ) -> Tensor {
        let storage = TensorStorage(byteCount: count * MemoryLayout<Target>.stride)
        withUnsafeBytes { bytes in
            let input = bytes.bindMemory(to: Source.self)
            let output = storage.base.bindMemory(to: Target.self, capacity: count)
            for index in input.indices { (output + index).initialize(to: Target(nearest: input[index].asDouble)) }
        }
        return Tensor(shape: shape, dtype: Target.dtype, storage: storage, byteOffset: 0)
    }
}

extension DType {
    /// Calls `body` with the Swift type of the elements.
    public func withScalarType<Result>(_ body: (any TensorScalar.Type) throws -> Result) rethrows -> Result {
        switch self {
        case .uint8: try body(UInt8.self)
        case .int8: try body(Int8.self)
        case .uint16: try body(UInt16.self)
        case .int16: try body(Int16.self)
        case .uint32: try body(UInt32.self)
        case .int32: try body(Int32.self)
        case .uint64: try body(UInt64.self)
        case .int64: try body(Int64.self)
        case .float32: try body(Float.self)
        case .float64: try body(Double.self)
        case .float16:
            #if os(macOS) && arch(x86_64)
                preconditionFailure("float16 has no Swift type on macOS for x86-64.")
            #else
                try body(Float16.self)
            #endif
        }
    }
}
