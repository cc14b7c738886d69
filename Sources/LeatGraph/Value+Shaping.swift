public import LeatCore

extension Value {
    /// The same elements under another shape.
    public func reshaped(to newShape: Shape) -> Value {
        if newShape == shape { return self }
        guard newShape.checkedCount == shape.count else {
            return graph.fail(
                .shapeMismatch, "A tensor of shape \(shape) can't become \(newShape): the number of elements differs.",
                shape: newShape)
        }
        // One reshape of the original, so that passes see through layers that go back and forth.
        let original = operation is Reshape ? operands[0] : self
        return newShape == original.shape ? original : graph.append(Reshape(), [original], [(newShape, element)])[0]
    }

    /// The axes in another order: axis i of the result is axis `order[i]` of this.
    public func transposed(_ order: [Int]) -> Value {
        guard order.sorted() == Array(0..<shape.rank) else {
            return graph.fail(
                .invalidArgument, "\(order) is no order of the axes of a tensor of shape \(shape).", shape: shape)
        }
        return graph.append(Transpose(order: order), [self], Shape(order.map { shape[$0] }))
    }

    /// This value repeated along axes of extent 1 and new leading axes.
    public func broadcast(to newShape: Shape) -> Value {
        if newShape == shape { return self }
        let padded = Array(repeating: 1, count: Swift.max(newShape.rank - shape.rank, 0)) + shape.dimensions
        guard padded.count == newShape.rank, zip(padded, newShape.dimensions).allSatisfy({ $0 == $1 || $0 == 1 }) else {
            return graph.fail(
                .shapeMismatch, "A tensor of shape \(shape) can't be repeated to \(newShape).", shape: newShape)
        }
        return graph.append(Broadcast(), [self], newShape)
    }

    /// The sum over some axes, which vanish; over all if none are named.
    public func sum(axes: [Int]? = nil) -> Value { reduced(.sum, axes: axes) }

    /// The mean over some axes, which vanish; over all if none are named.
    public func mean(axes: [Int]? = nil) -> Value { reduced(.mean, axes: axes) }

    /// The maximum over some axes, which vanish; over all if none are named.
    public func max(axes: [Int]? = nil) -> Value { reduced(.max, axes: axes) }

    func reduced(_ kind: Reduce.Kind, axes: [Int]?) -> Value {
        let rank = shape.rank
        let chosen = Set((axes ?? Array(0..<rank)).map { $0 < 0 ? $0 + rank : $0 })
        guard chosen.allSatisfy({ (0..<rank).contains($0) }) else {
            return graph.fail(
                .invalidArgument, "Axes \(axes ?? []) are not all axes of a tensor of shape \(shape).", shape: shape)
        }
        if chosen.isEmpty { return self }
        let kept = (0..<rank).filter { !chosen.contains($0) }
        return graph.append(Reduce(kind: kind, axes: chosen.sorted()), [self], Shape(kept.map { shape[$0] }))
    }

    /// Sums over the axes along which `target` was repeated to get this shape: the gradient of broadcasting.
    func summed(to target: Shape) -> Value {
        if target == shape { return self }
        let leading = shape.rank - target.rank
        let axes = (0..<shape.rank).filter { $0 < leading || target[$0 - leading] == 1 && shape[$0] != 1 }
        return reduced(.sum, axes: axes).reshaped(to: target)
    }
}
