public import LeatCore

/// An array in an HDF5 file, read a range of rows at a time.
public struct HDF5Dataset: Sendable {
    /// What the elements are.
    public enum Element: Sendable, Hashable {
        /// Numbers; booleans are `uint8`.
        case number(DType)
        /// Texts.
        case text
    }

    /// The name or path in the file.
    public let name: String
    /// The extents; axis 0 counts the rows.
    public let shape: Shape
    /// What the elements are.
    public let element: Element

    private let file: HDF5File
    private let handle: HDF5Handle

    init(_ file: HDF5File, _ name: String) throws {
        (handle, shape, element) = try HDF5Library.use { h5 in
            guard let handle = HDF5Handle(h5.dOpen(file.handle.id, name, 0), closedBy: h5.dClose) else {
                throw HDF5Error(.missing, "'\(file.path)' has no dataset '\(name)'.")
            }
            guard let space = HDF5Handle(h5.dGetSpace(handle.id), closedBy: h5.sClose),
                let type = HDF5Handle(h5.dGetType(handle.id), closedBy: h5.tClose)
            else { throw file.damaged("its dataset '\(name)' can't be read") }
            let rank = h5.sGetExtentRank(space.id)
            guard (0...32).contains(rank) else { throw file.damaged("its dataset '\(name)' has no shape") }
            var extents = [UInt64](repeating: 0, count: Int(rank))
            _ = h5.sGetExtents(space.id, &extents, nil)
            let shape = Shape(extents.map { Int(clamping: $0) })
            guard let element = Element(type, h5), shape.checkedByteCount(of: .float64) != nil,
                h5.sGetExtentType(space.id) != HDF5Constant.nothing
            else {
                throw HDF5Error(
                    .unsupported, "The dataset '\(name)' in '\(file.path)' holds elements that have no tensor.")
            }
            return (handle, shape, element)
        }
        self.file = file
        self.name = name
    }

    /// The number of rows: the extent of axis 0, 1 for a scalar.
    public var count: Int { shape.dimensions.first ?? 1 }

    /// The rows in the range, as numbers.
    ///
    /// - Throws: `HDF5Error` if there are no such rows, they are no numbers, or can't be read.
    public func rows(_ range: Range<Int>) throws -> Tensor {
        guard case .number(let dtype) = element else {
            throw HDF5Error(.unsupported, "The dataset '\(name)' in '\(file.path)' holds texts, not numbers.")
        }
        try check(range)
        var block = shape
        if shape.rank > 0 { block[0] = range.count }
        try checkMemory(range, block.checkedByteCount(of: dtype) ?? .max)
        return try Tensor(shape: block, dtype: dtype) { bytes in
            guard let base = bytes.baseAddress, bytes.count > 0 else { return }
            try read(range) { h5, memory, selected in
                guard let type = HDF5Handle(h5.type(of: dtype), closedBy: h5.tClose) else { return -1 }
                return h5.dRead(handle.id, type.id, memory.id, selected.id, 0, base)
            }
        }
    }

    /// The rows in the range, as texts.
    ///
    /// - Throws: `HDF5Error` if there are no such rows, they are no texts, or can't be read.
    public func texts(_ range: Range<Int>) throws -> [String] {
        guard element == .text, shape.rank == 1 else {
            throw HDF5Error(.unsupported, "The dataset '\(name)' in '\(file.path)' is no list of texts.")
        }
        try check(range)
        if range.isEmpty { return [] }
        // An address for each, whatever their length.
        let (addresses, overflow) = range.count.multipliedReportingOverflow(by: MemoryLayout<Int>.size)
        try checkMemory(range, overflow ? .max : addresses)
        var found: [String] = []
        try read(range) { h5, memory, selected in
            guard let type = HDF5Handle(h5.dGetType(handle.id), closedBy: h5.tClose),
                let texts = HDF5Texts(type, h5)
            else { return -1 }
            found = try texts.read(range.count, memory, of: "its dataset '\(name)'", in: file.path) {
                h5.dRead(handle.id, $0, memory.id, selected.id, 0, $1)
            }
            return 0
        }
        return found
    }

    /// A hole in a file takes no room in it, and a block of zeros a thousandth.
    private func checkMemory(_ range: Range<Int>, _ byteCount: Int) throws {
        let (most, overflow) = file.size.multipliedReportingOverflow(by: 1100)
        guard byteCount <= max(1 << 28, overflow ? .max : most) else {
            throw HDF5Error(
                .unsupported, "\(range.count) rows of '\(name)' in '\(file.path)' claim \(byteCount) bytes.")
        }
    }

    private func check(_ range: Range<Int>) throws {
        guard range.lowerBound >= 0, range.upperBound <= count else {
            throw HDF5Error(.missing, "'\(name)' in '\(file.path)' has \(count) rows and not all of \(range).")
        }
    }

    /// Calls `body` with the rows selected in the file, and their shape in memory.
    private func read(
        _ range: Range<Int>, by body: (HDF5Functions, HDF5Handle, HDF5Handle) throws -> HDF5Functions.Status
    ) throws {
        try HDF5Library.use { h5 in
            let damage = file.damaged("rows \(range) of its dataset '\(name)' can't be read")
            guard let selected = HDF5Handle(h5.dGetSpace(handle.id), closedBy: h5.sClose) else {
                throw damage
            }
            var extents = shape.dimensions.map { UInt64($0) }
            if !extents.isEmpty {
                var start = [UInt64](repeating: 0, count: extents.count)
                start[0] = UInt64(range.lowerBound)
                extents[0] = UInt64(range.count)
                guard h5.sSelectHyperslab(selected.id, HDF5Constant.select, start, nil, extents, nil) >= 0 else {
                    throw damage
                }
            }
            let space =
                extents.isEmpty ? h5.sCreate(HDF5Constant.scalar) : h5.sCreateSimple(CInt(extents.count), extents, nil)
            guard let memory = HDF5Handle(space, closedBy: h5.sClose) else { throw damage }
            guard try body(h5, memory, selected) >= 0 else { throw damage }
        }
    }
}

extension HDF5Dataset.Element {
    /// Nil for records, references and whatever else has no tensor.
    fileprivate init?(_ type: HDF5Handle, _ h5: HDF5Functions) {
        let size = h5.tGetSize(type.id)
        switch h5.tGetClass(type.id) {
        case HDF5Constant.text: self = .text
        case HDF5Constant.enumeration where size == 1: self = .number(.uint8)
        case HDF5Constant.integer:
            let name = (h5.tGetSign(type.id) == HDF5Constant.unsigned ? "uint" : "int") + String(size * 8)
            guard let dtype = DType(rawValue: name) else { return nil }
            self = .number(dtype)
        case HDF5Constant.float:
            guard let dtype = DType(rawValue: "float\(size * 8)") else { return nil }
            // Brain floats have the size of half floats.
            var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
            _ = h5.tGetFields(type.id, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize)
            guard size != 2 || exponentSize == 5 else { return nil }
            self = .number(dtype)
        default: return nil
        }
    }
}
