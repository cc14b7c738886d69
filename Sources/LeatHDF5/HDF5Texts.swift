/// How texts lie in a file: of any length each, or of one width for all.
struct HDF5Texts {
    private let h5: HDF5Functions
    private let characters: CInt
    /// Nil for texts of any length.
    private let width: Int?
    private let isPadded: Bool

    /// Nil if the type is no text.
    init?(_ type: HDF5Handle, _ h5: HDF5Functions) {
        guard h5.tGetClass(type.id) == HDF5Constant.text else { return nil }
        self.h5 = h5
        characters = h5.tGetCset(type.id)
        width = h5.tIsVariableStr(type.id) > 0 ? nil : h5.tGetSize(type.id)
        isPadded = h5.tGetStrpad(type.id) == HDF5Constant.filledWithBlanks
    }

    /// The texts that `read` reads into memory of the type it is given.
    func read(
        _ count: Int, _ space: HDF5Handle, of what: String, in path: String,
        by read: (HDF5Functions.ID, UnsafeMutableRawPointer) -> HDF5Functions.Status
    ) throws -> [String] {
        let damage = HDF5Error(.corrupt, "'\(path)' is damaged: \(what) can't be read.")
        guard count > 0 else { return [] }
        guard let type = HDF5Handle(h5.textType(characters, width: width), closedBy: h5.tClose) else {
            throw damage
        }
        let notUnicode = HDF5Error(.corrupt, "\(what) in '\(path)' holds text that is not UTF-8.")
        guard let width else {
            let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: count)
            pointers.initialize(repeating: nil, count: count)
            defer { pointers.deallocate() }
            guard read(type.id, pointers) >= 0 else { throw damage }
            defer { _ = h5.dVlenReclaim(type.id, space.id, 0, pointers) }
            return try (0..<count).map { index in
                guard let bytes = pointers[index] else { return "" }
                guard let text = String(validatingCString: bytes) else { throw notUnicode }
                return text
            }
        }
        guard width > 0, width <= 1 << 20, count <= (1 << 30) / width,
            h5.tSetStrpad(type.id, isPadded ? HDF5Constant.filledWithBlanks : HDF5Constant.filledWithZeros) >= 0
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
