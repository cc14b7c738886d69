public import LeatCore

/// NumPy's `.npy` files: one array each.
///
/// All element types of `Tensor` are read in either byte order and in C or Fortran order, and `bool` as `uint8`.
/// Texts (`<U…`, `|S…`) are read as strings. Pickled objects are refused, because unpickling runs code.
public enum Npy {
    /// The numbers in the file at the path.
    ///
    /// - Throws: `FormatError` if the file can't be read, is no `.npy` file, is damaged or holds something else.
    public static func read(_ path: String) throws -> Tensor { try tensor(in: try FileSource(path)) }

    /// The texts in the file at the path.
    ///
    /// - Throws: `FormatError` if the file can't be read, is no `.npy` file, is damaged or holds something else.
    public static func readTexts(_ path: String) throws -> [String] { try texts(in: try FileSource(path)) }

    /// A reader of the file at the path, for arrays larger than memory.
    ///
    /// - Throws: `FormatError` if the file can't be read, is no `.npy` file or its length and header disagree.
    public static func reader(_ path: String) throws -> any ColumnReader { try reader(of: try FileSource(path)) }

    /// Writes the tensor under the path, replacing what is there, byte for byte as NumPy 2 does.
    ///
    /// - Throws: `FormatError` if the file can't be written.
    public static func write(_ tensor: Tensor, to path: String) throws {
        let file = try OutputFile(path)
        try file.write(NpyHeader(element: .number(tensor.dtype, isBigEndian: false), shape: tensor.shape).encoded)
        try tensor.withUnsafeBytes { try file.write($0) }
        try file.close()
    }

    /// The bytes that NumPy 2 writes for the tensor.
    static func encoded(_ tensor: Tensor) -> [UInt8] {
        let header = NpyHeader(element: .number(tensor.dtype, isBigEndian: false), shape: tensor.shape)
        return tensor.withUnsafeBytes { header.encoded + $0 }
    }

    static func reader(of source: any ByteSource) throws -> any ColumnReader {
        let (header, consumed) = try NpyHeader.read(from: source)
        guard case .number(let dtype, let isBigEndian) = header.element else {
            return try TextArrayReader(source: source, header: header, consumed: consumed)
        }
        let layout = ArrayReader.Layout(
            dtype: dtype, isBigEndian: isBigEndian, isFortranOrder: header.isFortranOrder)
        return try ArrayReader(source: source, shape: header.shape, layout: layout, consumed: consumed)
    }

    static func tensor(in source: any ByteSource) throws -> Tensor {
        guard let reader = try reader(of: source) as? ArrayReader else {
            throw FormatError(.unsupported, "\(source.name) holds texts, not numbers.")
        }
        return try reader.readAll()
    }

    static func texts(in source: any ByteSource) throws -> [String] {
        guard let reader = try reader(of: source) as? TextArrayReader else {
            throw FormatError(.unsupported, "\(source.name) holds numbers, not texts.")
        }
        return try reader.texts(reader.count)
    }
}
