/// The extents of a tensor, outermost first; `[]` is a scalar's.
public struct Shape: Sendable, Hashable, Codable, ExpressibleByArrayLiteral {
    /// The extent of each axis.
    public var dimensions: [Int]

    /// A shape with the given extents.
    public init(_ dimensions: [Int]) { self.dimensions = dimensions }

    /// A shape with the given extents.
    public init(arrayLiteral elements: Int...) { dimensions = elements }

    /// The number of axes.
    public var rank: Int { dimensions.count }

    /// The number of elements; traps on overflow, so check shapes from outside with `checkedCount` first.
    public var count: Int { dimensions.reduce(1, *) }

    /// The number of elements, or nil if an extent is negative or the product does not fit.
    ///
    /// The product of the extents other than 0 must fit, too: a row of `(0, 2⁶², 4)` could not be counted otherwise.
    public var checkedCount: Int? {
        var product = 1
        var isEmpty = false
        for extent in dimensions {
            guard extent >= 0 else { return nil }
            guard extent > 0 else {
                isEmpty = true
                continue
            }
            let (next, overflow) = product.multipliedReportingOverflow(by: extent)
            guard !overflow else { return nil }
            product = next
        }
        return isEmpty ? 0 : product
    }

    /// The bytes of that many elements, or nil under the conditions of `checkedCount`, applied to bytes.
    public func checkedByteCount(of dtype: DType) -> Int? { Shape(dimensions + [dtype.byteCount]).checkedCount }

    /// The extent of an axis; negative axes count from the end.
    public subscript(axis: Int) -> Int {
        get { dimensions[axis < 0 ? axis + rank : axis] }
        set { dimensions[axis < 0 ? axis + rank : axis] = newValue }
    }

    /// The shape without its first axis; a scalar's stays a scalar's.
    public var droppingFirst: Shape { Shape(Array(dimensions.dropFirst())) }
}

extension Shape: CustomStringConvertible {
    /// Python's notation: `(128, 784)`, `(10,)`, `()`.
    public var description: String {
        dimensions.count == 1 ? "(\(dimensions[0]),)" : "(" + dimensions.map(String.init).joined(separator: ", ") + ")"
    }
}
