import Leat

/// Collects a column's values in a file until the whole column is known.
protocol ColumnSpool: AnyObject {
    /// The column's name.
    var name: String { get }

    /// Takes the next sample's value.
    func append(_ value: ColumnValue) throws

    /// Hands the column over to the writer, as one array or with those that say where its rows are.
    func add(to writer: NpzWriter, suffix: String) throws -> [Exporting.ArraySummary]
}

/// Texts, which become unicode as wide as the longest.
final class TextSpool: ColumnSpool {
    let name: String

    private let file: OutputFile
    private var byteCounts: [Int] = []
    private var width = 1

    init(_ name: String, _ path: String) throws {
        self.name = name
        file = try OutputFile(path)
    }

    func append(_ value: ColumnValue) throws {
        guard case .text(let text) = value else { return }
        try NpzWriter.check(text, for: name)
        let bytes = Array(text.utf8)
        try file.write(bytes)
        byteCounts.append(bytes.count)
        width = max(width, text.unicodeScalars.count)
    }

    func add(to writer: NpzWriter, suffix: String) throws -> [Exporting.ArraySummary] {
        try file.close()
        let source = try FileSource(file.path)
        var remaining = byteCounts[...]
        try writer.add(name + suffix, count: byteCounts.count, width: width) {
            guard let count = remaining.popFirst() else { return nil }
            return String(decoding: try source.bytes(count), as: UTF8.self)
        }
        return [.init(name: name + suffix, type: "<U\(width)", shape: [byteCounts.count])]
    }
}

/// Numbers, arrays and bytes, which are stacked where their shapes are equal and joined where not.
final class NumberSpool: ColumnSpool {
    let name: String

    private let file: OutputFile
    private let isBytes: Bool
    private var dtype: DType?
    private var shapes: [Shape] = []
    private var firstShape: Shape?
    private var count = 0

    init(_ column: ShardColumn, _ path: String) throws {
        name = column.name
        dtype = column.encoding.fixedElement?.dtype
        isBytes = [.bytes, .jpeg, .png].contains(column.encoding)
        file = try OutputFile(path)
    }

    func append(_ value: ColumnValue) throws {
        let tensor = try Self.tensor(value, dtype ?? .uint8)
        if let dtype, dtype != tensor.dtype {
            throw FormatError(.unsupported, "'\(name)' is \(tensor.dtype) here and \(dtype) before.")
        }
        let first = firstShape ?? tensor.shape
        guard tensor.rank == first.rank else {
            throw FormatError(.unsupported, "'\(name)' is of shape \(tensor.shape) here and \(first) before.")
        }
        dtype = tensor.dtype
        firstShape = first
        // Shapes are kept from the first one on that differs.
        if shapes.isEmpty, tensor.shape != first { shapes = Array(repeating: first, count: count) }
        if !shapes.isEmpty || tensor.shape != first { shapes.append(tensor.shape) }
        count += 1
        try tensor.withUnsafeBytes { try file.write($0) }
    }

    func add(to writer: NpzWriter, suffix: String) throws -> [Exporting.ArraySummary] {
        try file.close()
        guard let dtype, let first = firstShape else { return [] }
        let source = try FileSource(file.path)
        if shapes.isEmpty, !isBytes {
            let shape = Shape([count] + first.dimensions)
            try writer.add(name + suffix, dtype, shape, contentsOf: source)
            return [.init(name: name + suffix, type: "\(dtype)", shape: shape.dimensions)]
        }
        let shapes = shapes.isEmpty ? Array(repeating: first, count: count) : shapes
        // Joined along axis 0 where the other extents are equal, element by element where not.
        let isJoined = shapes.allSatisfy { $0.droppingFirst == first.droppingFirst }
        var offsets: [Int64] = [0]
        for shape in shapes { offsets.append(offsets[offsets.count - 1] + Int64(isJoined ? shape[0] : shape.count)) }
        let total = Int(offsets[offsets.count - 1])
        let joined = isJoined ? Shape([total] + first.droppingFirst.dimensions) : [total]
        try writer.add(name + suffix, dtype, joined, contentsOf: source)
        var tensors = [("\(name)_offsets", Tensor(offsets))]
        if !isJoined {
            let extents = shapes.flatMap { $0.dimensions.map { Int64($0) } }
            tensors.append(("\(name)_shapes", try Tensor(extents, shape: [count, first.rank])))
        }
        for (name, tensor) in tensors { try writer.add(name + suffix, tensor) }
        return [.init(name: name + suffix, type: "\(dtype)", shape: joined.dimensions)]
            + tensors.map { .init(name: $0.0 + suffix, type: "\($0.1.dtype)", shape: $0.1.shape.dimensions) }
    }

    private static func tensor(_ value: ColumnValue, _ dtype: DType) throws -> Tensor {
        switch value {
        case .tensor(let tensor): tensor
        case .bytes(let bytes): Tensor(bytes)
        case .text: throw FormatError(.unsupported, "text stands where numbers should.")
        // A conversion goes through a double, which holds no more than 53 bits.
        case .int(let value):
            try (dtype == .int64 ? Tensor([value]) : Tensor([value]).converted(to: dtype)).reshaped(to: [])
        case .uint(let value):
            try (dtype == .uint64 ? Tensor([value]) : Tensor([value]).converted(to: dtype)).reshaped(to: [])
        case .float(let value): try Tensor([value]).converted(to: dtype).reshaped(to: [])
        }
    }
}
