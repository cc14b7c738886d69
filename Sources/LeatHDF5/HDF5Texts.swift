#if HDF5
    import CHDF5

    /// How texts lie in a file: of any length each, or of one width for all.
    struct HDF5Texts {
        private let characters: H5T_cset_t
        /// Nil for texts of any length.
        private let width: Int?
        private let isPadded: Bool

        /// Nil if the type is no text.
        init?(_ type: HDF5Handle) {
            guard H5Tget_class(type.id) == H5T_STRING else { return nil }
            characters = H5Tget_cset(type.id)
            width = H5Tis_variable_str(type.id) > 0 ? nil : H5Tget_size(type.id)
            isPadded = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD
        }

        /// The texts that `read` reads into memory of the type it is given.
        func read(
            _ count: Int, _ space: HDF5Handle, of what: String, in path: String,
            by read: (hid_t, UnsafeMutableRawPointer) -> herr_t
        ) throws -> [String] {
            let damage = HDF5Error(.corrupt, "'\(path)' is damaged: \(what) can't be read.")
            guard count > 0 else { return [] }
            guard let type = HDF5Handle(leat_h5_text(characters, width ?? 0), closedBy: { H5Tclose($0) }) else {
                throw damage
            }
            let notUnicode = HDF5Error(.corrupt, "\(what) in '\(path)' holds text that is not UTF-8.")
            guard let width else {
                let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
                pointers.initialize(repeating: nil, count: count)
                defer { pointers.deallocate() }
                guard read(type.id, pointers) >= 0 else { throw damage }
                defer { H5Dvlen_reclaim(type.id, space.id, 0, pointers) }
                return try (0..<count).map { index in
                    guard let bytes = pointers[index] else { return "" }
                    guard let text = String(validatingCString: bytes) else { throw notUnicode }
                    return text
                }
            }
            guard width > 0, width <= 1 << 20, count <= (1 << 30) / width,
                H5Tset_strpad(type.id, isPadded ? H5T_STR_SPACEPAD : H5T_STR_NULLPAD) >= 0
            else { throw damage }
            let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count * width)
            defer { bytes.deallocate() }
            bytes.initialize(repeating: 0)
            guard let base = bytes.baseAddress, read(type.id, base) >= 0 else { throw damage }
            return try (0..<count).map { index in
                let field = UnsafeBufferPointer(rebasing: bytes[index * width..<(index + 1) * width])
                var end = field.firstIndex(of: 0) ?? width
                while isPadded, end > 0, field[end - 1] == 0x20 { end -= 1 }
                guard let text = String(validating: field[..<end], as: UTF8.self) else { throw notUnicode }
                return text
            }
        }
    }
#endif
