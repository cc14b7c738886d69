import LeatCore
public import LeatPipeline

/// `.npy` files side by side, whose rows are samples read by number: arrays larger than memory.
///
/// Rows are read when they are asked for, neighbours at once; nothing is mapped, so that a file that is cut short ends in
/// an error and not in a signal. Arrays in Fortran's order have no rows in one piece and are refused.
public struct NpyDataset: SampleSequence {
    private struct Part: Sendable {
        var name: String
        var file: FileSource
        var dtype: DType
        var isBigEndian: Bool
        var shape: Shape
        var offset: Int
    }

    private let arrays: [Part]

    /// The number of rows.
    public let count: Int

    /// The files at the paths, under the names of columns.
    ///
    /// - Throws: `FormatError` if a file can't be read, is no `.npy` file of numbers in C's order, or its length and
    ///   header disagree, or if there are different numbers of rows.
    public init(_ columns: KeyValuePairs<String, String>) throws {
        arrays = try columns.map { name, path in
            let file = try FileSource(path)
            let (header, consumed) = try NpyHeader.read(from: file)
            guard case .number(let dtype, let isBigEndian) = header.element, header.shape.rank > 0,
                !header.isFortranOrder || header.shape.rank == 1
            else {
                throw FormatError(
                    .unsupported,
                    "'\(path)' has no rows that can be read by number: it holds texts, one number, or an "
                        + "array in Fortran's order.")
            }
            guard let byteCount = header.shape.checkedByteCount(of: dtype), file.size - consumed == byteCount else {
                throw FormatError(
                    .truncated,
                    "'\(path)' should hold \(dtype)\(header.shape) and has \(file.size - consumed) bytes after its header."
                )
            }
            return Part(
                name: name, file: file, dtype: dtype, isBigEndian: isBigEndian, shape: header.shape, offset: consumed)
        }
        guard let first = arrays.first else { throw FormatError(.invalidArgument, "A dataset needs a column or more.") }
        count = first.shape[0]
        if let odd = arrays.first(where: { $0.shape[0] != first.shape[0] }) {
            throw FormatError(
                .corrupt,
                "'\(first.name)' has \(first.shape[0]) rows and '\(odd.name)' has \(odd.shape[0]); they must be as many."
            )
        }
    }

    /// The first column's file, and the row in it.
    public func place(of number: Int) -> SamplePlace { SamplePlace(file: arrays.first?.file.path, sample: number) }

    /// The rows with the given numbers.
    ///
    /// - Throws: `FormatError` if there is no such row, or a file can't be read or has been cut short.
    public func samples(at numbers: [Int], epoch: Int) async throws -> [Sample] {
        let names = arrays.map(\.name)
        var samples: [Sample] = []
        samples.reserveCapacity(numbers.count)
        if let odd = numbers.first(where: { !(0..<count).contains($0) }) {
            throw FormatError(.missing, "There is no row \(odd) in arrays of \(count).")
        }
        for run in numbers.runs {
            let blocks = try arrays.map { array in
                let rowShape = array.shape.droppingFirst
                let rowByteCount = rowShape.count * array.dtype.byteCount
                return try Tensor(shape: Shape([run.count] + rowShape.dimensions), dtype: array.dtype) { bytes in
                    try array.file.fill(bytes, at: array.offset + run.lowerBound * rowByteCount)
                    if array.isBigEndian { bytes.swapBytes(ofElementsOf: array.dtype.byteCount) }
                }
            }
            for row in 0..<run.count {
                samples.append(Sample(names: names, values: try blocks.map { .tensor(try $0[row]) }))
            }
        }
        return samples
    }
}
