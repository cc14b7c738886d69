import LeatCore
import LeatGraph

/// A model whose input shape is known: every layer's shapes and parameters.
struct BuiltModel {
    /// A layer in its place.
    struct Entry {
        let layer: any Layer
        let outputShape: [Int?]
        let parameters: Range<Int>
        let states: Range<Int>
    }

    let entries: [Entry]
    let inputShape: [Int?]
    /// All parameters, in the order of the layers.
    let declarations: [ParameterDeclaration]
    /// All states; in the store they stand behind the parameters.
    let states: [ParameterDeclaration]
    let specifications: [ParameterStore.Specification]

    /// The parameters' descriptions, without the states'.
    var weights: ArraySlice<ParameterStore.Specification> { specifications.prefix(declarations.count) }

    var outputShape: [Int?] { entries.last?.outputShape ?? inputShape }

    /// Builds the layers one on another; `dataShape` is a sample's, for a model that doesn't state it.
    ///
    /// - Throws: `ModelError` if layers don't fit together, names are there twice, or the input's shape is unknown.
    init(_ model: Sequential, dataShape: [Int?]? = nil) throws {
        guard !model.layers.isEmpty else { throw ModelError(.emptyModel, "The model has no layers.") }
        guard let inputShape = model.inputShape ?? dataShape else {
            throw ModelError(
                .noInputShape,
                "The model's input shape is unknown: give the first layer an inputShape, or the model data to build from."
            )
        }
        if let odd = inputShape.first(where: { $0.map { $0 < 1 } ?? false }) ?? nil {
            throw ModelError(
                .invalidArgument,
                "An input of shape \(inputShape.batchDescription) can't be: \(odd) is no extent of an axis.")
        }
        guard Self.isCountable(inputShape) else {
            throw ModelError(
                .invalidArgument, "An input of shape \(inputShape.batchDescription) is too large to make.")
        }
        var entries: [Entry] = []
        var declarations: [ParameterDeclaration] = []
        var specifications: [ParameterStore.Specification] = []
        var states: [ParameterDeclaration] = []
        var stateSpecifications: [ParameterStore.Specification] = []
        let batchSize = model.layers.first?.settings.batchSize
        var shape = inputShape
        for layer in model.layers {
            guard !entries.contains(where: { $0.layer.name == layer.name }) else {
                throw ModelError(
                    .duplicateName, "The name \(layer.name) is used twice; all layer names should be unique.")
            }
            if let stated = layer.settings.inputShape, !entries.isEmpty, !stated.accepts(shape) {
                throw layer.error(
                    .shapeMismatch,
                    "expects \(stated.batchDescription), but the layer before gives \(shape.batchDescription).")
            }
            let own = try layer.parameters(for: shape)
            if layer.takesIndices, !entries.isEmpty, let table = own.first, table.shape[0] > 1 << 24 {
                throw layer.error(
                    .invalidArgument,
                    "a table of \(table.shape[0]) rows must be the first layer: numbers from other layers are exact only "
                        + "up to 16777216.")
            }
            specifications += try Self.specifications(of: own, layer, isTrainable: layer.settings.trainable)
            let kept = try layer.states(for: shape, batchSize: batchSize)
            stateSpecifications += try Self.specifications(of: kept, layer, isTrainable: false)
            shape = try layer.outputShape(for: shape)
            guard Self.isCountable(shape) else {
                throw layer.error(
                    .invalidArgument, "an output of shape \(shape.batchDescription) is too large to make.")
            }
            entries.append(
                Entry(
                    layer: layer, outputShape: shape,
                    parameters: declarations.count..<declarations.count + own.count,
                    states: states.count..<states.count + kept.count))
            declarations += own
            states += kept
        }
        self.entries = entries
        self.inputShape = inputShape
        self.declarations = declarations
        self.states = states
        self.specifications = specifications + stateSpecifications
    }

    /// What the store keeps for a layer's declarations.
    private static func specifications(
        of declarations: [ParameterDeclaration], _ layer: any Layer, isTrainable: Bool
    ) throws -> [ParameterStore.Specification] {
        try declarations.map { declaration in
            try declaration.initializer.check(for: declaration.shape)
            guard isCountable(declaration.shape.dimensions) else {
                throw layer.error(
                    .invalidArgument, "a \(declaration.name) of shape \(declaration.shape) is too large to make.")
            }
            return .init(
                name: "\(layer.name)/\(declaration.name)", shape: declaration.shape, isTrainable: isTrainable,
                isTable: declaration.isTable)
        }
    }

    /// The model's input in a graph.
    func input(_ graph: Graph, shape: Shape) -> Value {
        entries.first?.layer.takesIndices ?? false
            ? graph.indexInput(0, shape: shape) : graph.input(0, shape: shape)
    }

    /// Adds the whole model to a graph.
    func call(_ input: Value, isTraining: Bool) -> Value {
        let graph = input.graph
        return entries.enumerated().reduce(input) { x, element in
            let (index, entry) = element
            let parameters = entry.parameters.map { graph.parameter($0, shape: declarations[$0].shape) }
            let kept = entry.states.map { graph.parameter(declarations.count + $0, shape: states[$0].shape) }
            let context = CallContext(
                isTraining: isTraining, randomStream: UInt32(truncatingIfNeeded: index), states: kept)
            return entry.layer.call(x, parameters: parameters, context: context)
        }
    }

    /// The weights to start from: those set, layer by layer, and else the initializers' values.
    func initialWeights(of model: Sequential) throws -> [Tensor] {
        var weights = [Tensor?](repeating: nil, count: declarations.count)
        try forEachInitialWeight(of: model) { index, weight in
            weights[index] =
                switch weight {
                case .values(let tensor): tensor
                case .uniform(let range, let stream):
                    try .uniform(in: range, shape: declarations[index].shape, seed: model.seed, stream: stream)
                }
        }
        return weights.compactMap { $0 }
    }

    /// Gives the store the weights to start from; large ones are drawn where they stay.
    func initializeWeights(of model: Sequential, in store: ParameterStore, pool: KernelPool) throws {
        try forEachInitialWeight(of: model) { index, weight in
            switch weight {
            case .values(let tensor): try store.set(index, to: tensor)
            case .uniform(let range, let stream):
                try store.draw(index, in: range, seed: model.seed, stream: stream, pool: pool)
            }
        }
    }

    /// A weight's first value.
    private enum InitialWeight {
        case values(Tensor)
        /// Uniform numbers of the model's seed.
        case uniform(in: Range<Double>, stream: UInt64)
    }

    /// Calls `body` with each parameter's number and first value: each has a random stream of its own under the seed.
    private func forEachInitialWeight(of model: Sequential, _ body: (Int, InitialWeight) throws -> Void) throws {
        for entry in entries {
            let set = model.weightsByLayer[entry.layer.name] ?? []
            let isSet = !set.isEmpty && set.map(\.shape) == entry.parameters.map { declarations[$0].shape }
            for (position, index) in entry.parameters.enumerated() {
                let (declaration, stream) = (declarations[index], Self.weightStreams + UInt64(index))
                if isSet {
                    try body(index, .values(set[position]))
                } else if let range = declaration.initializer.uniformRange(for: declaration.shape) {
                    try body(index, .uniform(in: range, stream: stream))
                } else {
                    var generator = PhiloxGenerator(seed: model.seed, stream: stream)
                    let values = declaration.initializer.values(for: declaration.shape, using: &generator)
                    try body(index, .values(Tensor(values, shape: declaration.shape)))
                }
            }
        }
    }

    /// The states' first values.
    func initialStates(seed: UInt64) throws -> [Tensor] {
        try states.enumerated().map { index, state in
            var generator = PhiloxGenerator(seed: seed, stream: Self.stateStreams + UInt64(index))
            return try Tensor(state.initializer.values(for: state.shape, using: &generator), shape: state.shape)
        }
    }

    /// Whether a parameter or sample of this shape has few enough elements that its bytes can be counted; more than any
    /// memory holds are allowed, and refused when the memory is asked for.
    private static func isCountable(_ shape: [Int?]) -> Bool {
        Shape(shape.compactMap { $0 }).checkedCount.map { $0 <= 1 << 48 } ?? false
    }

    /// Keeps the streams of weights apart from those of dropout, which have the number of the step up here.
    private static let weightStreams: UInt64 = 0x7765_6967 << 32
    private static let stateStreams: UInt64 = 0x7374_6174 << 32
}

extension Array where Element == Int? {
    /// Whether a sample of the other shape fits this one; unknown extents fit any.
    func accepts(_ other: [Int?]) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
    }
}
