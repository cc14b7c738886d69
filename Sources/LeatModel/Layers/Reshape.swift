import LeatCore
public import LeatGraph

/// Gives each sample another shape with as many elements.
public struct Reshape: Layer {
    /// Name, input shape and what else every layer has.
    public var settings: LayerSettings
    /// The shape of a sample; one extent may be -1 and is worked out.
    public let targetShape: [Int]

    /// A layer that gives each sample the target shape.
    public init(_ targetShape: [Int], inputShape: [Int?]? = nil, name: String? = nil) {
        settings = LayerSettings(name: name, inputShape: inputShape)
        self.targetShape = targetShape
    }

    /// The target shape.
    public func outputShape(for input: [Int?]) throws -> [Int?] {
        let known = targetShape.filter { $0 != -1 }
        guard targetShape.count - known.count <= 1, known.allSatisfy({ $0 > 0 }) else {
            throw error(.invalidArgument, "target shape \(targetShape) must have positive extents and at most one -1.")
        }
        guard let count = input.knownCount else { return targetShape.map { $0 == -1 ? nil : $0 } }
        let product = Shape(known).checkedCount ?? .max
        guard known.count < targetShape.count ? count % product == 0 : count == product else {
            throw error(
                .shapeMismatch,
                "the total size of the new array must be unchanged: a sample of shape \(input.batchDescription) can't become \(targetShape)."
            )
        }
        return targetShape.map { $0 == -1 ? count / product : $0 }
    }

    /// Adds the reshape.
    public func call(_ x: Value, parameters: [Value], context: CallContext) -> Value {
        let sample = x.shape.droppingFirst.count
        let known = targetShape.filter { $0 != -1 }.reduce(1, *)
        return x.reshaped(to: Shape([x.shape[0]] + targetShape.map { $0 == -1 ? sample / known : $0 }))
    }
}
