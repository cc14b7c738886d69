import LeatCore

extension ShardEncoding {
    /// The value that the bytes spell, or why they spell none.
    func decode(_ bytes: UnsafeRawBufferPointer) throws(Malformed) -> ColumnValue {
        if let size = fixedByteCount, size != bytes.count {
            throw Malformed("\(bytes.count) bytes where \(name) takes \(size)")
        }
        switch self {
        case .bytes, .jpeg, .png: return .bytes(Array(bytes))
        case .str, .json, .strInt, .strFloat, .strDecimal:
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Malformed("bytes that are not UTF-8")
            }
            return .text(text)
        case .int: return .int(bytes.loadUnaligned(as: Int64.self))
        case .scalar(let dtype): return Self.scalar(bytes, dtype)
        case .array(let dtype, let shape): return try Self.array(bytes, dtype, shape)
        case .arrayOfType(let dtype): return try Self.array(after: ArrayHeader.parse(bytes, dtype: dtype), bytes)
        case .anyArray: return try Self.array(after: ArrayHeader.parse(bytes, dtype: nil), bytes)
        }
    }

    private static func scalar(_ bytes: UnsafeRawBufferPointer, _ dtype: DType) -> ColumnValue {
        switch dtype {
        case .int8: .int(Int64(bytes.loadUnaligned(as: Int8.self)))
        case .int16: .int(Int64(bytes.loadUnaligned(as: Int16.self)))
        case .int32: .int(Int64(bytes.loadUnaligned(as: Int32.self)))
        case .int64: .int(bytes.loadUnaligned(as: Int64.self))
        case .uint8: .uint(UInt64(bytes.loadUnaligned(as: UInt8.self)))
        case .uint16: .uint(UInt64(bytes.loadUnaligned(as: UInt16.self)))
        case .uint32: .uint(UInt64(bytes.loadUnaligned(as: UInt32.self)))
        case .uint64: .uint(bytes.loadUnaligned(as: UInt64.self))
        case .float16: .float(HalfPrecision.double(bytes.loadUnaligned(as: UInt16.self)))
        case .float32: .float(Double(bytes.loadUnaligned(as: Float.self)))
        case .float64: .float(bytes.loadUnaligned(as: Double.self))
        }
    }

    private static func array(
        after header: Result<ArrayHeader, Malformed>, _ bytes: UnsafeRawBufferPointer
    ) throws(Malformed) -> ColumnValue {
        let header = try header.get()
        return try array(UnsafeRawBufferPointer(rebasing: bytes[header.byteCount...]), header.dtype, header.shape)
    }

    private static func array(
        _ bytes: UnsafeRawBufferPointer, _ dtype: DType, _ shape: Shape
    ) throws(Malformed) -> ColumnValue {
        do {
            return .tensor(try Tensor(shape: shape, dtype: dtype) { $0.copyMemory(from: bytes) })
        } catch {
            throw Malformed("an array \(dtype)\(shape), which is too large")
        }
    }
}

/// IEEE 754 half precision, also where Swift has no `Float16`.
enum HalfPrecision {
    /// The value of the bits.
    static func double(_ bits: UInt16) -> Double {
        let sign: Double = bits >> 15 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
        }
    }

    /// The bits of the nearest value, ties to even.
    static func bits(_ value: Double) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        let magnitude = value.magnitude
        if value.isNaN { return 0x7E00 }
        if magnitude >= 65520 { return sign | 0x7C00 }
        // Counted in units of the last place, a carry out of the fraction lands in the exponent, where it belongs.
        let exponent = max(magnitude == 0 ? -14 : Int(magnitude.exponent), -14)
        let units = (magnitude * Double(sign: .plus, exponent: 10 - exponent, significand: 1))
            .rounded(.toNearestOrEven)
        return sign | UInt16((exponent + 14) << 10) &+ UInt16(units)
    }
}
