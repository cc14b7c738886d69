public import LeatCore

/// How arrays of different shapes are made alike, so that they fit in one batch.
public struct BatchPadding: Sendable, Hashable, Codable {
    /// Where the padding goes.
    public enum Side: String, Sendable, Hashable, Codable {
        /// Before the values, as in Keras' `pad_sequences`.
        case start
        /// After the values.
        case end
    }

    /// What inputs are filled with.
    public var value: Double
    /// What targets are filled with; sample weights are filled with 0.
    public var targetValue: Double
    /// Where the padding goes.
    public var side: Side
    /// The shape of all inputs without the batch's axis; nil for the largest extents in each batch.
    public var inputShape: Shape?

    /// Padding with the given values.
    public init(value: Double = 0, targetValue: Double = 0, side: Side = .end, inputShape: Shape? = nil) {
        self.value = value
        self.targetValue = targetValue
        self.side = side
        self.inputShape = inputShape
    }
}

extension Tensor {
    /// The tensors as the rows of a new axis 0, each filled up to the shape or to the largest extents.
    ///
    /// - Throws: `PipelineError` if element types or numbers of axes differ, or a tensor is larger than the shape.
    static func stacked(
        _ tensors: [Tensor], paddedTo shape: Shape? = nil, with value: Double, at side: BatchPadding.Side
    ) throws -> Tensor {
        guard let first = tensors.first else { throw PipelineError(.emptySource, "There is nothing to pad.") }
        var target = shape ?? first.shape
        for tensor in tensors {
            guard tensor.dtype == first.dtype, tensor.rank == target.rank else {
                throw PipelineError(.shapeMismatch, "Tensors of \(first) and \(tensor) can't be padded to one shape.")
            }
            for axis in tensor.shape.dimensions.indices {
                if shape == nil {
                    target[axis] = Swift.max(target[axis], tensor.shape[axis])
                } else if tensor.shape[axis] > target[axis] {
                    throw PipelineError(.shapeMismatch, "A tensor of \(tensor) is larger than the padded \(target).")
                }
            }
        }
        let rowShape = target
        let whole = Shape([tensors.count] + rowShape.dimensions)
        return try first.dtype.withScalarType { type in
            try padded(tensors, to: whole, filledWith: value, side, as: type)
        }
    }

    private static func padded<Scalar: TensorScalar>(
        _ tensors: [Tensor], to whole: Shape, filledWith value: Double, _ side: BatchPadding.Side, as type: Scalar.Type
    ) throws -> Tensor {
        let rowShape = whole.droppingFirst.dimensions
        return try Tensor(shape: whole, dtype: Scalar.dtype) { bytes in
            let output = bytes.bindMemory(to: Scalar.self)
            output.initialize(repeating: Scalar(nearest: value))
            let stride = whole.droppingFirst.count
            for (row, tensor) in tensors.enumerated() {
                tensor.withUnsafeBytes { input in
                    let place = PaddedCopy(
                        input: input.bindMemory(to: Scalar.self), output: output, from: tensor.shape.dimensions,
                        to: rowShape, isAtEnd: side == .start)
                    if tensor.count > 0 { place.copy(axis: 0, source: 0, target: row * stride) }
                }
            }
        }
    }
}

/// Copies an array into a corner of a larger one.
private struct PaddedCopy<Scalar: TensorScalar> {
    let input: UnsafeBufferPointer<Scalar>
    let output: UnsafeMutableBufferPointer<Scalar>
    let from: [Int]
    let to: [Int]
    /// Whether the corner is the last rather than the first.
    let isAtEnd: Bool

    func copy(axis: Int, source: Int, target: Int) {
        guard axis < from.count else {
            output[target] = input[source]
            return
        }
        let shift = isAtEnd ? to[axis] - from[axis] : 0
        let sourceStride = from[(axis + 1)...].reduce(1, *)
        let targetStride = to[(axis + 1)...].reduce(1, *)
        if sourceStride == targetStride {
            let start = target + shift * targetStride
            for index in 0..<from[axis] * sourceStride { output[start + index] = input[source + index] }
            return
        }
        for index in 0..<from[axis] {
            copy(
                axis: axis + 1, source: source + index * sourceStride, target: target + (shift + index) * targetStride)
        }
    }
}
