public import LeatCore
import LeatGraph

extension Sequential {
    /// The weights that training starts from, layer by layer in Keras' order: those set, else the initializers'.
    ///
    /// - Throws: `ModelError` if the input's shape is not stated or layers don't fit together.
    public func weights() throws -> [Tensor] {
        try BuiltModel(self).initialWeights(of: self)
    }

    /// Sets the weights that training starts from.
    ///
    /// - Throws: `ModelError` if their number or a shape is another than the model's.
    public mutating func setWeights(_ weights: [Tensor]) throws {
        let built = try BuiltModel(self)
        try checkWeights(weights, built.weights.map { ($0.name, $0.shape) })
        for entry in built.entries { weightsByLayer[entry.layer.name] = Array(weights[entry.parameters]) }
    }

    /// The number of single numbers in the weights.
    ///
    /// - Throws: `ModelError` if the input's shape is not stated or layers don't fit together.
    public func countParameters() throws -> Int {
        try BuiltModel(self).declarations.reduce(0) { $0 + $1.shape.count }
    }
}

/// Throws unless the weights are one for each parameter, of its shape.
func checkWeights(_ weights: [Tensor], _ parameters: [(name: String, shape: Shape)]) throws {
    guard weights.count == parameters.count else {
        throw ModelError(
            .shapeMismatch, "The model has \(parameters.count) weights; \(weights.count) were given.")
    }
    for (weight, parameter) in zip(weights, parameters) where weight.shape != parameter.shape {
        throw ModelError(
            .shapeMismatch, "\(parameter.name) has the shape \(parameter.shape); \(weight.shape) was given.")
    }
}
