public import LeatCore
public import LeatGraph

/// One step of a model: it declares its parameters and describes its computation; it holds no numbers itself.
///
/// A layer of one's own takes three functions and a `settings` property; gradients, fusion and memory come by
/// themselves. Shapes given to a layer leave out the batch axis; an extent is nil where it is only known from the data.
public protocol Layer: Sendable {
    /// Name, input shape and what else every layer has.
    var settings: LayerSettings { get set }

    /// The shape of the output.
    ///
    /// - Throws: `ModelError` if the layer can't take this input.
    func outputShape(for input: [Int?]) throws -> [Int?]

    /// The parameters for an input of this shape, in Keras' order; the default is none.
    ///
    /// - Throws: `ModelError` if an extent that the parameters depend on is unknown.
    func parameters(for input: [Int?]) throws -> [ParameterDeclaration]

    /// What the layer remembers from one batch to the next and is no weight, with its value at first and after
    /// `resetStates`; the default is nothing.
    ///
    /// `call` finds it in its context, and gives it new values with `Graph.assign`.
    ///
    /// - Throws: `ModelError` if an extent that the states depend on is unknown, the batch size for one.
    func states(for input: [Int?], batchSize: Int?) throws -> [ParameterDeclaration]

    /// Whether the input is whole numbers that name rows of a table; the default is no.
    var takesIndices: Bool { get }

    /// Adds the layer's computation to a graph.
    ///
    /// `x` is the input, batch axis first; the parameters come in the order of `parameters(for:)`.
    func call(_ x: Value, parameters: [Value], context: CallContext) -> Value
}

extension Layer {
    /// No parameters.
    public func parameters(for input: [Int?]) throws -> [ParameterDeclaration] { [] }

    /// No states.
    public func states(for input: [Int?], batchSize: Int?) throws -> [ParameterDeclaration] { [] }

    /// Numbers of the model's precision.
    public var takesIndices: Bool { false }

    /// The layer's name in its model; empty until it is added, unless one was given.
    public var name: String { settings.name ?? "" }

    /// The name of the layer's type, `Dense` for one.
    public var className: String { String(describing: Self.self) }

    /// An error that starts with the layer's name.
    func error(_ code: ModelError.Code, _ message: String) -> ModelError {
        ModelError(code, "Layer \(name.isEmpty ? className : name): \(message)")
    }
}

/// What every layer has.
public struct LayerSettings: Sendable, Hashable {
    /// The name; nil until the layer is added to a model, which then makes one up.
    public var name: String?
    /// The input's shape without the batch axis, for the first layer; nil extents are known only from the data.
    public var inputShape: [Int?]?
    /// The fixed number of samples in a batch, if there is one.
    public var batchSize: Int?
    /// Whether training changes the layer's parameters.
    public var trainable: Bool

    /// The settings that Keras' layers take by these names; `batchInputShape` includes the batch axis and wins.
    public init(
        name: String? = nil, inputShape: [Int?]? = nil, batchInputShape: [Int?]? = nil, batchSize: Int? = nil,
        trainable: Bool = true
    ) {
        self.name = name
        self.inputShape = batchInputShape.map { Array($0.dropFirst()) } ?? inputShape
        self.batchSize = batchInputShape.flatMap { $0.first ?? nil } ?? batchSize
        self.trainable = trainable
    }
}

/// A parameter that a layer asks for.
public struct ParameterDeclaration: Sendable {
    /// The name within the layer, `kernel` for one.
    public var name: String
    /// The extents.
    public var shape: Shape
    /// Where its first values come from.
    public var initializer: Initializer
    /// Whether it is a table of which a step names few rows, by `Value.embedded(in:)`.
    ///
    /// An optimizer then takes its time for those only; numbers are the same either way.
    public var isTable: Bool

    /// A parameter.
    public init(_ name: String, shape: Shape, initializer: Initializer, isTable: Bool = false) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.isTable = isTable
    }
}

/// What a layer may need to know beyond its input.
public struct CallContext {
    /// Whether the step trains: dropout and the like act only then.
    public let isTraining: Bool
    /// The layer's number in its model, which tells its random numbers from other layers'.
    public let randomStream: UInt32
    /// The layer's states before the step, in the order of `states(for:batchSize:)`.
    public let states: [Value]
}

extension Array where Element == Int? {
    /// Python's notation with the batch axis in front: `(None, 28, 28, 1)`.
    var batchDescription: String {
        "(" + (["None"] + map { $0.map(String.init) ?? "None" }).joined(separator: ", ") + ")"
    }

    /// The number of elements, or nil if an extent is unknown or they can't be counted.
    var knownCount: Int? {
        let known = compactMap { $0 }
        return known.count == count ? Shape(known).checkedCount : nil
    }
}
