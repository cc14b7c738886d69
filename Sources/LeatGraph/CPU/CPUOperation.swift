import LeatCore

/// An operation that the CPU's kernels can run.
protocol CPUOperation: Operation {
    /// Adds its steps to the plan; false if the kernels refuse.
    func emit(_ step: CPUStep) -> Bool
}

/// A node on its way into a plan: where its operands and results are.
struct CPUStep {
    /// A tensor at its address.
    struct Operand {
        let address: UnsafeMutableRawPointer
        let shape: Shape

        /// The address as that of a mask.
        var mask: UnsafeMutablePointer<UInt8> { address.assumingMemoryBound(to: UInt8.self) }
        /// The number of elements.
        var count: Int64 { Int64(shape.count) }
        /// The number of rows, all axes but the last.
        var rows: Int64 { columns == 0 ? 0 : count / columns }
        /// The extent of the last axis.
        var columns: Int64 { Int64(shape.dimensions.last ?? 1) }
        /// Row-major strides, in elements.
        var strides: [Int64] {
            var strides = [Int64](repeating: 1, count: shape.rank)
            for axis in stride(from: shape.rank - 2, through: 0, by: -1) {
                strides[axis] = strides[axis + 1] * Int64(shape[axis + 1])
            }
            return strides
        }
        /// Strides that read this operand as if it were repeated to a larger shape: 0 along repeated axes.
        func strides(repeatedTo target: Shape) -> [Int64] {
            let missing = target.rank - shape.rank
            let own = strides
            return (0..<target.rank).map { $0 < missing || shape[$0 - missing] == 1 ? 0 : own[$0 - missing] }
        }
    }

    let plan: OpaquePointer
    let inputs: [Operand]
    let results: [Operand]
    /// For each result, whether anybody reads it; one that is optional and not read has no memory.
    let isRead: [Bool]
    let random: RandomState
    /// The table that the operation reads or differentiates, if its rows are updated when they are needed.
    var table: OpaquePointer?

    /// The address of an optional result, or nil if it is not to be made.
    func optionalResult(_ position: Int) -> UnsafeMutableRawPointer? {
        isRead[position] ? results[position].address : nil
    }
}

extension Shape {
    var kernelDimensions: [Int64] { dimensions.map(Int64.init) }
}
