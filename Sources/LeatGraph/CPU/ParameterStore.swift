import CLeatKernels
public import LeatCore

/// The memory that outlives single steps: parameters, their gradients and the random state.
///
/// Trainable parameters stand one after the other, and so do their gradients at the same distances, so that an
/// optimizer passes over both as flat arrays. Every executable of a model reads and writes the same store.
public final class ParameterStore {
    /// A parameter's name, extents and whether it is trained.
    public struct Specification: Sendable, Hashable {
        /// The name, `dense/kernel` for one.
        public var name: String
        /// The extents, in Keras' layout.
        public var shape: Shape
        /// Whether an optimizer changes it.
        public var isTrainable: Bool
        /// Whether it is a table of rows of which a step names few.
        public var isTable: Bool

        /// A parameter's description.
        public init(name: String, shape: Shape, isTrainable: Bool = true, isTable: Bool = false) {
            self.name = name
            self.shape = shape
            self.isTrainable = isTrainable
            self.isTable = isTable && shape.rank == 2 && shape.count > 0 && shape[0] <= Int(Int32.max)
        }
    }

    /// The floating-point type of all parameters.
    public let precision: Precision
    /// The parameters, by index.
    public let specifications: [Specification]

    let trainableByteCount: Int
    /// The bytes of the trainable parameters that are no tables; they come first.
    let denseByteCount: Int
    /// The tables whose rows an optimizer updates when they are needed, by index.
    var tables: [Int: Table] = [:]
    /// Whether there is an updater.
    var hasUpdater = false
    /// The state of the updater that executables may leave work to.
    var updateState: UpdateState?
    /// The update that makes the gradients which the last run left out; nil if all stand in the store.
    var leftOver: UpdatePlan?
    /// Whether an executable refers to the store; it would know nothing of an updater that comes later.
    var isCompiled = false
    private let offsets: [Int]
    private let values: Memory
    private let gradients: Memory
    private let randomWords: Memory

    /// A store of zeros for the given parameters.
    ///
    /// - Throws: `GraphError` if there is not enough memory.
    public init(_ specifications: [Specification], precision: Precision = .float32) throws {
        self.specifications = specifications
        self.precision = precision
        var offsets = Array(repeating: 0, count: specifications.count)
        var end = 0
        func place(_ chosen: [Int]) {
            for index in chosen {
                offsets[index] = end
                end += Self.byteCount(of: specifications[index], precision)
            }
        }
        place(specifications.indices.filter { specifications[$0].isTrainable && !specifications[$0].isTable })
        denseByteCount = end
        place(specifications.indices.filter { specifications[$0].isTrainable && specifications[$0].isTable })
        trainableByteCount = end
        place(specifications.indices.filter { !specifications[$0].isTrainable })
        self.offsets = offsets
        values = try Memory(byteCount: end)
        gradients = try Memory(byteCount: trainableByteCount)
        randomWords = try Memory(byteCount: 16)
    }

    /// A copy of a parameter.
    public subscript(index: Int) -> Tensor {
        get throws {
            tables[index]?.settle()
            return try copy(of: address(of: index), shape: specifications[index].shape)
        }
    }

    /// A copy of a trainable parameter's gradient as the last run left it.
    ///
    /// - Throws: `GraphError` if the parameter is not trained, or the gradient was made by an update only, never written,
    ///   and what it was made of is overwritten: ask before the next batch is fed.
    public func gradient(of index: Int) throws -> Tensor {
        guard specifications[index].isTrainable else {
            throw GraphError(.invalidArgument, "\(specifications[index].name) is not trained and has no gradient.")
        }
        try leftOver?.writeGradient(of: index, specifications[index].name)
        guard let table = tables[index] else {
            return try copy(of: gradientAddress(of: index), shape: specifications[index].shape)
        }
        return try Tensor(shape: specifications[index].shape, dtype: precision.dtype) { bytes in
            leat_table_copy_gradient(table.handle, bytes.baseAddress)
        }
    }

    /// Overwrites a parameter.
    ///
    /// - Throws: `GraphError` if the shape is another one.
    public func set(_ index: Int, to tensor: Tensor) throws {
        let specification = specifications[index]
        guard tensor.shape == specification.shape else {
            throw GraphError(
                .shapeMismatch,
                "\(specification.name) has the shape \(specification.shape); a tensor of shape \(tensor.shape) can't replace it."
            )
        }
        // Updates that rows have missed were due before, to what is overwritten.
        tables[index]?.settle()
        tensor.converted(to: precision.dtype).withUnsafeBytes { bytes in
            if let base = bytes.baseAddress { address(of: index).copyMemory(from: base, byteCount: bytes.count) }
        }
    }

    /// Overwrites a parameter with uniform numbers in a range, those of `Tensor.uniform`, without a copy in between.
    ///
    /// - Throws: `TensorError` if a store of another precision can't make room for them.
    public func draw(_ index: Int, in range: Range<Double>, seed: UInt64, stream: UInt64, pool: KernelPool) throws {
        let shape = specifications[index].shape
        guard precision == .float32 else {
            return try set(index, to: .uniform(in: range, shape: shape, seed: seed, stream: stream, pool: pool))
        }
        tables[index]?.settle()
        leat_uniform(
            LEAT_FLOAT32, pool.handle, seed, stream, Int64(shape.count), range.lowerBound,
            range.upperBound - range.lowerBound, address(of: index))
    }

    /// The key of all random numbers drawn by steps.
    public var seed: UInt64 {
        get { random.seed.pointee }
        set { random.seed.pointee = newValue }
    }

    /// The number of the training step; each has random numbers of its own.
    public var step: UInt64 {
        get { random.step.pointee }
        set { random.step.pointee = newValue }
    }

    var random: RandomState {
        let words = randomWords.base.assumingMemoryBound(to: UInt64.self)
        return RandomState(seed: words, step: words + 1)
    }

    var trainableBase: UnsafeMutableRawPointer { values.base }
    var gradientBase: UnsafeMutableRawPointer { gradients.base }

    /// The distance in bytes of a parameter from the first, and of its gradient and the optimizer's numbers for it.
    func offset(of index: Int) -> Int { offsets[index] }
    /// The bytes of a parameter, with those that align the next.
    func byteCount(of index: Int) -> Int { Self.byteCount(of: specifications[index], precision) }
    func address(of index: Int) -> UnsafeMutableRawPointer { values.base + offsets[index] }
    func gradientAddress(of index: Int) -> UnsafeMutableRawPointer { gradients.base + offsets[index] }

    private static func byteCount(of specification: Specification, _ precision: Precision) -> Int {
        (specification.shape.count * precision.dtype.byteCount).rounded(upTo: 64)
    }

    private func copy(of address: UnsafeMutableRawPointer, shape: Shape) throws -> Tensor {
        try Tensor(shape: shape, dtype: precision.dtype) { bytes in
            bytes.baseAddress?.copyMemory(from: address, byteCount: bytes.count)
        }
    }
}
