#if HDF5
    import CHDF5
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
            (handle, shape, element) = try HDF5Library.use {
                guard let handle = HDF5Handle(H5Dopen2(file.handle.id, name, 0), closedBy: { H5Dclose($0) }) else {
                    throw HDF5Error(.missing, "'\(file.path)' has no dataset '\(name)'.")
                }
                guard let space = HDF5Handle(H5Dget_space(handle.id), closedBy: { H5Sclose($0) }),
                    let type = HDF5Handle(H5Dget_type(handle.id), closedBy: { H5Tclose($0) })
                else { throw file.damaged("its dataset '\(name)' can't be read") }
                let rank = H5Sget_simple_extent_ndims(space.id)
                guard (0...32).contains(rank) else { throw file.damaged("its dataset '\(name)' has no shape") }
                var extents = [hsize_t](repeating: 0, count: Int(rank))
                H5Sget_simple_extent_dims(space.id, &extents, nil)
                let shape = Shape(extents.map { Int(clamping: $0) })
                guard let element = Element(type), shape.checkedByteCount(of: .float64) != nil,
                    H5Sget_simple_extent_type(space.id) != H5S_NULL
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
            // A hole in a file takes no room in it, and a block of zeros a thousandth.
            let byteCount = block.checkedByteCount(of: dtype) ?? .max
            guard byteCount <= max(1 << 28, file.size.multipliedReportingOverflow(by: 1100).partialValue) else {
                throw HDF5Error(
                    .unsupported, "\(range.count) rows of '\(name)' in '\(file.path)' claim \(byteCount) bytes.")
            }
            return try Tensor(shape: block, dtype: dtype) { bytes in
                guard let base = bytes.baseAddress, bytes.count > 0 else { return }
                try read(range) { memory, selected in
                    guard let type = HDF5Handle(dtype.memoryType, closedBy: { H5Tclose($0) }) else { return -1 }
                    return H5Dread(handle.id, type.id, memory.id, selected.id, 0, base)
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
            var found: [String] = []
            try read(range) { memory, selected in
                guard let type = HDF5Handle(H5Dget_type(handle.id), closedBy: { H5Tclose($0) }),
                    let texts = HDF5Texts(type)
                else { return -1 }
                found = try texts.read(range.count, memory, of: "its dataset '\(name)'", in: file.path) {
                    H5Dread(handle.id, $0, memory.id, selected.id, 0, $1)
                }
                return 0
            }
            return found
        }

        private func check(_ range: Range<Int>) throws {
            guard range.lowerBound >= 0, range.upperBound <= count else {
                throw HDF5Error(.missing, "'\(name)' in '\(file.path)' has \(count) rows and not all of \(range).")
            }
        }

        /// Calls `body` with the rows selected in the file, and their shape in memory.
        private func read(_ range: Range<Int>, by body: (HDF5Handle, HDF5Handle) throws -> herr_t) throws {
            try HDF5Library.use {
                let damage = file.damaged("rows \(range) of its dataset '\(name)' can't be read")
                guard let selected = HDF5Handle(H5Dget_space(handle.id), closedBy: { H5Sclose($0) }) else {
                    throw damage
                }
                var extents = shape.dimensions.map { hsize_t($0) }
                if !extents.isEmpty {
                    var start = [hsize_t](repeating: 0, count: extents.count)
                    start[0] = hsize_t(range.lowerBound)
                    extents[0] = hsize_t(range.count)
                    guard H5Sselect_hyperslab(selected.id, H5S_SELECT_SET, start, nil, extents, nil) >= 0 else {
                        throw damage
                    }
                }
                let space =
                    extents.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(CInt(extents.count), extents, nil)
                guard let memory = HDF5Handle(space, closedBy: { H5Sclose($0) }) else { throw damage }
                guard try body(memory, selected) >= 0 else { throw damage }
            }
        }
    }

    extension HDF5Dataset.Element {
        /// Nil for records, references and whatever else has no tensor.
        fileprivate init?(_ type: HDF5Handle) {
            let size = H5Tget_size(type.id)
            switch H5Tget_class(type.id) {
            case H5T_STRING: self = .text
            case H5T_ENUM where size == 1: self = .number(.uint8)
            case H5T_INTEGER:
                let name = (H5Tget_sign(type.id) == H5T_SGN_NONE ? "uint" : "int") + String(size * 8)
                guard let dtype = DType(rawValue: name) else { return nil }
                self = .number(dtype)
            case H5T_FLOAT:
                guard let dtype = DType(rawValue: "float\(size * 8)") else { return nil }
                // Brain floats have the size of half floats.
                var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
                H5Tget_fields(type.id, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize)
                guard size != 2 || exponentSize == 5 else { return nil }
                self = .number(dtype)
            default: return nil
            }
        }
    }

    extension DType {
        /// The library's name for this machine's elements, to be closed.
        fileprivate var memoryType: hid_t {
            if self == .float16 { return leat_h5_half() }
            return H5Tcopy(leat_h5_native(isFloatingPoint ? 1 : 0, rawValue.hasPrefix("u") ? 0 : 1, byteCount))
        }
    }
#endif
