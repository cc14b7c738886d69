import LeatCore

extension HDF5Functions {
    /// A type of elements in memory, to be closed; negative for an error.
    func type(of dtype: DType) -> ID {
        switch dtype {
        case .float16: halfType
        case .float32: tCopy(types["NATIVE_FLOAT"] ?? -1)
        case .float64: tCopy(types["NATIVE_DOUBLE"] ?? -1)
        default: tCopy(types["NATIVE_\(dtype.rawValue.uppercased())"] ?? -1)
        }
    }

    /// IEEE's half precision, for which the library has no name.
    private var halfType: ID {
        let type = tCopy(types["IEEE_F32LE"] ?? -1)
        if type < 0 { return type }
        if tSetFields(type, 15, 10, 5, 0, 10) < 0 || tSetSize(type, 2) < 0 || tSetEbias(type, 15) < 0 {
            _ = tClose(type)
            return -1
        }
        return type
    }

    /// A text of the given width in bytes, or of any length, to be closed; negative for an error.
    func textType(_ characters: CInt, width: Int?) -> ID {
        // H5T_VARIABLE is the greatest size there is.
        let type = tCopy(types["C_S1"] ?? -1)
        if type < 0 { return type }
        if tSetSize(type, width ?? -1) < 0 || tSetCset(type, characters) < 0 {
            _ = tClose(type)
            return -1
        }
        return type
    }
}
