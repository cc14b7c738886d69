import LeatCore

extension ShardEncoding {
    /// Appends the bytes of a value, or says why the column can't hold it.
    func encode(_ value: ColumnValue, to bytes: inout [UInt8]) throws(Malformed) {
        switch (self, value) {
        case (.bytes, .bytes(let content)), (.jpeg, .bytes(let content)), (.png, .bytes(let content)):
            bytes.append(contentsOf: content)
        case (.str, .text(let text)), (.json, .text(let text)):
            bytes.append(contentsOf: text.utf8)
        case (.strInt, _), (.strFloat, _), (.strDecimal, _):
            bytes.append(contentsOf: try decimalText(value).utf8)
        case (.int, _): try Self.append(value, as: .int64, to: &bytes)
        case (.scalar(let dtype), _): try Self.append(value, as: dtype, to: &bytes)
        case (.array(let dtype, let shape), .tensor(let tensor)):
            guard tensor.dtype == dtype, tensor.shape == shape else { throw misfit(value) }
            tensor.withUnsafeBytes { bytes.append(contentsOf: $0) }
        case (.arrayOfType(let dtype), .tensor(let tensor)):
            guard tensor.dtype == dtype else { throw misfit(value) }
            try append(tensor, withType: false, to: &bytes)
        case (.anyArray, .tensor(let tensor)): try append(tensor, withType: true, to: &bytes)
        default: throw misfit(value)
        }
    }

    private func misfit(_ value: ColumnValue) -> Malformed {
        Malformed("\(value.summary), which a column of \(name) can't hold")
    }

    /// Streaming refuses arrays without axes or without elements where the shape is written with them; so do we.
    private func append(_ tensor: Tensor, withType: Bool, to bytes: inout [UInt8]) throws(Malformed) {
        guard 1...63 ~= tensor.rank, tensor.count > 0 else { throw misfit(.tensor(tensor)) }
        ArrayHeader.append(tensor, withType: withType, to: &bytes)
        tensor.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    private func decimalText(_ value: ColumnValue) throws(Malformed) -> String {
        switch (self, value) {
        case (_, .int(let number)): return String(number)
        case (_, .uint(let number)): return String(number)
        case (.strFloat, .float(let number)): return String(number)
        case (.strInt, .text(let text)):
            let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
            guard !digits.isEmpty, digits.utf8.allSatisfy({ 48...57 ~= $0 }) else { throw misfit(value) }
            return text
        case (.strFloat, .text(let text)), (.strDecimal, .text(let text)):
            guard Double(text) != nil else { throw misfit(value) }
            return text
        default: throw misfit(value)
        }
    }

    private static func append(
        _ value: ColumnValue, as dtype: DType, to bytes: inout [UInt8]
    ) throws(Malformed) {
        if case .tensor(let tensor) = value, tensor.dtype == dtype, tensor.rank == 0 {
            tensor.withUnsafeBytes { bytes.append(contentsOf: $0) }
            return
        }
        var fits = false
        switch dtype {
        case .uint8: fits = append(value, as: UInt8.self, to: &bytes)
        case .int8: fits = append(value, as: Int8.self, to: &bytes)
        case .uint16: fits = append(value, as: UInt16.self, to: &bytes)
        case .int16: fits = append(value, as: Int16.self, to: &bytes)
        case .uint32: fits = append(value, as: UInt32.self, to: &bytes)
        case .int32: fits = append(value, as: Int32.self, to: &bytes)
        case .uint64: fits = append(value, as: UInt64.self, to: &bytes)
        case .int64: fits = append(value, as: Int64.self, to: &bytes)
        case .float16: fits = append(value, to: &bytes) { HalfPrecision.bits($0) }
        case .float32: fits = append(value, to: &bytes) { Float($0).bitPattern }
        case .float64: fits = append(value, to: &bytes) { $0.bitPattern }
        }
        guard fits else { throw ShardEncoding.scalar(dtype).misfit(value) }
    }

    private static func append<Number: FixedWidthInteger>(
        _ value: ColumnValue, as type: Number.Type, to bytes: inout [UInt8]
    ) -> Bool {
        let number: Number? =
            switch value {
            case .int(let number): Number(exactly: number)
            case .uint(let number): Number(exactly: number)
            default: nil
            }
        guard let number else { return false }
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        return true
    }

    private static func append<Bits: FixedWidthInteger>(
        _ value: ColumnValue, to bytes: inout [UInt8], bits: (Double) -> Bits
    ) -> Bool {
        let number: Double? =
            switch value {
            case .int(let number): Double(exactly: number)
            case .uint(let number): Double(exactly: number)
            case .float(let number): number
            default: nil
            }
        guard let number else { return false }
        withUnsafeBytes(of: bits(number).littleEndian) { bytes.append(contentsOf: $0) }
        return true
    }
}
