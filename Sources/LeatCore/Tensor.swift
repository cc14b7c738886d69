/// An n-dimensional array: a value with a shape, an element type and contiguous row-major storage.
///
/// Copies and slices along axis 0 share storage; writing copies first if the storage is shared. Elements are
/// little-endian, 64-byte aligned at the start of a freshly made tensor.
public struct Tensor: Sendable {
    /// The extents, outermost axis first.
    public private(set) var shape: Shape
    /// The element type.
    public let dtype: DType

    /// What an address of 48 bits can reach at most; more is a mistake or a damaged file.
    private static let largestByteCount = 1 << 47

    var storage: TensorStorage
    var byteOffset: Int

    init(shape: Shape, dtype: DType, storage: TensorStorage, byteOffset: Int) {
        self.shape = shape
        self.dtype = dtype
        self.storage = storage
        self.byteOffset = byteOffset
    }

    /// A tensor whose elements `initialize` writes, all of them, into the given bytes.
    ///
    /// - Throws: `TensorError` if the shape is negative or too large to count, and whatever `initialize` throws.
    public init(
        shape: Shape, dtype: DType, pool: BufferPool = .shared,
        initializingBytesWith initialize: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws {
        guard let byteCount = shape.checkedByteCount(of: dtype), byteCount <= Self.largestByteCount
        else { throw TensorError(.tooLarge, "A tensor of shape \(shape) and type \(dtype) can't be made.") }
        let storage = TensorStorage(byteCount: byteCount, pool: pool)
        try initialize(UnsafeMutableRawBufferPointer(start: storage.base, count: byteCount))
        self.init(shape: shape, dtype: dtype, storage: storage, byteOffset: 0)
    }

    /// A tensor over bytes that are there and belong to `owner`, which is kept as long as some tensor views them.
    ///
    /// The bytes must be 64-byte aligned, and nobody else may write to them meanwhile.
    ///
    /// - Throws: `TensorError` if they are not as many as the shape takes.
    package init(
        shape: Shape, dtype: DType, viewing bytes: UnsafeMutableRawBufferPointer, of owner: any Sendable & AnyObject
    ) throws(TensorError) {
        guard shape.checkedByteCount(of: dtype) == bytes.count else {
            throw TensorError(
                .shapeMismatch, "\(bytes.count) bytes can't be a tensor of shape \(shape) and type \(dtype).")
        }
        self.init(shape: shape, dtype: dtype, storage: TensorStorage(viewing: bytes, of: owner), byteOffset: 0)
    }

    /// Whether the elements are in somebody else's memory, which is not a pool's.
    package var viewsOthersMemory: Bool { !storage.isPooled }

    /// A tensor of zeros; traps if the shape is too large to count.
    public init(zeros shape: Shape, dtype: DType = .float32) {
        let byteCount = shape.count * dtype.byteCount
        let storage = TensorStorage(byteCount: byteCount)
        storage.base.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        self.init(shape: shape, dtype: dtype, storage: storage, byteOffset: 0)
    }

    /// The number of elements.
    public var count: Int { shape.count }

    /// The number of axes.
    public var rank: Int { shape.rank }

    /// The extent of axis 0, as in Python's `len`; 1 for a scalar.
    public var length: Int { shape.dimensions.first ?? 1 }

    /// The bytes that the elements take.
    public var byteCount: Int { count * dtype.byteCount }

    /// The same elements under another shape; one extent may be -1 and is worked out.
    ///
    /// - Throws: `TensorError` if the number of elements differs.
    public func reshaped(to newShape: Shape) throws(TensorError) -> Tensor {
        var resolved = newShape
        let unknown = newShape.dimensions.indices.filter { newShape.dimensions[$0] == -1 }
        if unknown.count == 1 {
            let known = Shape(newShape.dimensions.filter { $0 != -1 }).checkedCount ?? 0
            if known > 0, count % known == 0 { resolved.dimensions[unknown[0]] = count / known }
        }
        guard resolved.checkedCount == count else {
            throw TensorError(
                .shapeMismatch, "A tensor of shape \(shape) has \(count) elements and can't become \(newShape).")
        }
        return Tensor(shape: resolved, dtype: dtype, storage: storage, byteOffset: byteOffset)
    }
}

extension Tensor: Equatable {
    /// Whether shapes, element types and all bytes agree; so NaN equals itself and 0 differs from -0.
    public static func == (a: Tensor, b: Tensor) -> Bool {
        a.shape == b.shape && a.dtype == b.dtype
            && a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
    }
}

extension Tensor: CustomStringConvertible {
    /// Element type and shape, such as `float32(128, 784)`.
    public var description: String { "\(dtype)\(shape)" }
}
