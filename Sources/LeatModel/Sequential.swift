import LeatCore

/// A model that is a stack of layers, each taking the one before for its input.
///
/// A value: copies are independent. `compile` makes a trainer of it, which owns the weights from then on.
///
/// ```swift
/// var model = Sequential()
/// model.add(Dense(64, activation: .relu, inputDim: 20))
/// model.add(Dropout(0.5))
/// model.add(Dense(10, activation: .softmax))
/// ```
public struct Sequential: Sendable {
    /// The model's name.
    public let name: String
    /// The key of all its random numbers, first weights, dropout and shuffling; two models with one seed are twins.
    public var seed: UInt64
    /// The layers, input first, each with its name.
    public private(set) var layers: [any Layer] = []

    /// The weights that were set, by the name of their layer; they stay with the layer.
    var weightsByLayer: [String: [Tensor]] = [:]

    /// A model of the given layers; without a seed, every model starts from other weights.
    public init(_ layers: [any Layer] = [], name: String = "sequential", seed: UInt64? = nil) {
        self.name = name
        self.seed = seed ?? .random(in: .min ... .max)
        for layer in layers { add(layer) }
    }

    /// A model of the layers listed in the braces.
    public init(
        name: String = "sequential", seed: UInt64? = nil, @SequentialBuilder layers: () -> [any Layer]
    ) {
        self.init(layers(), name: name, seed: seed)
    }

    /// Adds a layer on top and names it if it has no name: `dense`, `dense_1` and so on.
    public mutating func add(_ layer: some Layer) {
        var layer = layer
        if layer.settings.name == nil {
            let taken = Set(layers.map(\.name))
            let base = snakeCase(layer.className)
            let numbered = (1...).lazy.map { "\(base)_\($0)" }
            layer.settings.name = taken.contains(base) ? numbered.first { !taken.contains($0) } : base
        }
        layers.append(layer)
    }

    /// Removes the last layer.
    ///
    /// - Throws: `ModelError` if there is none.
    public mutating func pop() throws {
        guard let last = layers.popLast() else {
            throw ModelError(.emptyModel, "There are no layers in the model to pop.")
        }
        weightsByLayer[last.name] = nil
    }

    /// The layer of the given name or at the given index; the index counts if both are there.
    ///
    /// - Throws: `ModelError` if there is no such layer, or neither is given.
    public func getLayer(name: String? = nil, index: Int? = nil) throws -> any Layer {
        if let index {
            let position = index < 0 ? index + layers.count : index
            guard layers.indices.contains(position) else {
                throw ModelError(.noSuchLayer, "There is no layer \(index): the model has \(layers.count) layers.")
            }
            return layers[position]
        }
        guard let name else { throw ModelError(.invalidArgument, "Give the name or the index of a layer.") }
        guard let layer = layers.first(where: { $0.name == name }) else {
            throw ModelError(
                .noSuchLayer, "There is no layer \"\(name)\"; there are \(layers.map(\.name).joined(separator: ", ")).")
        }
        return layer
    }

    /// The shape of a sample that the first layer states; nil if it is known only from the data.
    public var inputShape: [Int?]? { layers.first?.settings.inputShape }
}

/// Collects the layers between a `Sequential`'s braces.
@resultBuilder
public enum SequentialBuilder {
    /// All layers in order.
    public static func buildBlock(_ layers: any Layer...) -> [any Layer] { layers }
}

/// Keras' way from a class to a name: `MaxPooling2D` is `max_pooling2d`.
func snakeCase(_ className: String) -> String {
    let characters = Array(className)
    var name = ""
    for (index, character) in characters.enumerated() {
        if character.isUppercase, index > 0 {
            let startsWord = index + 1 < characters.count && characters[index + 1].isLowercase
            if startsWord || characters[index - 1].isLowercase { name += "_" }
        }
        name += character.lowercased()
    }
    return name
}
