public import LeatCore
public import LeatGraph

/// A model at work: its weights, its optimizer's state and the executables for the shapes it has met.
///
/// Not thread-safe: it belongs to one trainer, which calls it on its own thread.
public final class ModelExecutor {
    /// The model, with its layers' names.
    public let model: Sequential
    /// The learning rate before decay.
    public var learningRate: Double
    /// The number of updates made.
    public private(set) var iterations = 0

    private let compilation: Compilation?
    private let pool: KernelPool
    private var state: State?
    private var cache = ExecutableCache(capacity: 16)

    /// What exists once the input's shape is known.
    private struct State {
        let built: BuiltModel
        let store: ParameterStore
        let updater: Updater?
    }

    /// Sets a model up; one that doesn't state its input shape is built by the first data.
    ///
    /// - Parameters:
    ///   - model: The layers.
    ///   - compilation: Optimizer, loss and metrics; nil for a model that only predicts.
    ///   - threads: The number of kernel threads; 0 means one for each processor.
    /// - Throws: `ModelError` if layers don't fit together.
    public init(model: Sequential, compilation: Compilation?, threads: Int = 0) throws {
        self.model = model
        self.compilation = compilation
        learningRate = compilation?.optimizer.learningRate ?? 0
        pool = try KernelPool(threads: threads)
        if model.inputShape != nil { state = try makeState(BuiltModel(model)) }
    }

    /// The names of what a step reports: `loss`, then the metrics.
    public var metricsNames: [String] { compilation?.metricsNames ?? [] }

    /// Trains on one batch.
    ///
    /// - Returns: Loss and metrics in the order of `metricsNames`, as they were before the update.
    /// - Throws: `ModelError` or `GraphError` if shapes or labels don't fit; nothing has changed then.
    public func trainStep(inputs: Tensor, targets: Tensor, sampleWeights: Tensor? = nil) throws -> [Double] {
        try trainStep(inputs: TensorRows(inputs), targets: targets, sampleWeights: sampleWeights)
    }

    /// Trains on one batch whose inputs are rows of a tensor, which go straight to where the step reads them.
    ///
    /// - Returns: Loss and metrics as for a tensor.
    /// - Throws: `ModelError` or `GraphError` if shapes or labels don't fit; nothing has changed then.
    public func trainStep(inputs: TensorRows, targets: Tensor, sampleWeights: Tensor? = nil) throws -> [Double] {
        let compilation = try requireCompilation()
        return try withState(for: inputs) { state in
            state.store.step = UInt64(iterations)
            let values = try run(.train, inputs, targets, sampleWeights, state, compilation)
            let rate = compilation.optimizer.rate(atStep: iterations, learningRate: learningRate)
            try state.updater?.run(rate: rate, pool: pool)
            iterations += 1
            return values
        }
    }

    /// Trains on one batch, and adds the time of every kernel to a profile.
    ///
    /// - Throws: `ModelError` or `GraphError` as `trainStep`.
    public func trainStep(inputs: Tensor, targets: Tensor, into profile: inout Profile) throws {
        let compilation = try requireCompilation()
        try withState(for: TensorRows(inputs)) { state in
            state.store.step = UInt64(iterations)
            profile.beginStep()
            let executable = try fedExecutable(.train, TensorRows(inputs), targets, nil, state, compilation)
            try executable.run(into: &profile)
            let rate = compilation.optimizer.rate(atStep: iterations, learningRate: learningRate)
            try state.updater?.run(rate: rate, pool: pool, into: &profile)
            iterations += 1
        }
    }

    /// Evaluates one batch.
    ///
    /// - Returns: Loss and metrics in the order of `metricsNames`.
    /// - Throws: `ModelError` or `GraphError` if shapes or labels don't fit.
    public func testStep(inputs: Tensor, targets: Tensor, sampleWeights: Tensor? = nil) throws -> [Double] {
        let compilation = try requireCompilation()
        let inputs = TensorRows(inputs)
        return try withState(for: inputs) { try run(.test, inputs, targets, sampleWeights, $0, compilation) }
    }

    /// The model's output for one batch, float32.
    ///
    /// - Throws: `ModelError` if the shape doesn't fit.
    public func predictStep(inputs: Tensor) throws -> Tensor {
        let inputs = TensorRows(inputs)
        return try withState(for: inputs) { state in
            let key = ExecutableCache.Key(phase: .predict, inputs: inputs.shape, targets: nil, weights: nil)
            let executable = try cache.executable(for: key) {
                let input = state.built.input(Graph(), shape: inputShape(inputs))
                let output = state.built.call(input, isTraining: false)
                return try Executable(outputs: [output], store: state.store, pool: pool)
            }
            try executable.feed(inputs, to: 0)
            try executable.run()
            return try executable.output(0)
        }
    }

    /// Copies of all weights, layer by layer in Keras' order; empty until the input's shape is known.
    public var weights: [Tensor] {
        get throws {
            guard let state else { return [] }
            return try state.built.declarations.indices.map { try state.store[$0] }
        }
    }

    /// Overwrites all weights.
    ///
    /// - Throws: `ModelError` if their number or a shape is another than the model's.
    public func setWeights(_ weights: [Tensor]) throws {
        guard let state else {
            throw ModelError(
                .noInputShape, "The model has no weights yet: it learns its input's shape from the first data.")
        }
        try checkWeights(weights, state.built.weights.map { ($0.name, $0.shape) })
        for (index, weight) in weights.enumerated() { try state.store.set(index, to: weight) }
    }

    /// Whether layers keep states from step to step.
    public var hasStates: Bool { state.map { !$0.built.states.isEmpty } ?? false }

    /// Lets stateful layers forget what they have seen.
    public func resetStates() throws {
        guard let state else { return }
        try resetStates(of: state)
    }
}

extension ModelExecutor {
    private func requireCompilation() throws -> Compilation {
        guard let compilation else {
            throw ModelError(.notCompiled, "The model must be compiled before it is trained or evaluated.")
        }
        return compilation
    }

    private func makeState(_ built: BuiltModel) throws -> State {
        let store = try ParameterStore(built.specifications)
        store.seed = model.seed
        try built.initializeWeights(of: model, in: store, pool: pool)
        let updater = try compilation.map { try Updater($0.optimizer.rule, store: store, pool: pool) }
        let state = State(built: built, store: store, updater: updater)
        try resetStates(of: state)
        return state
    }

    private func resetStates(of state: State) throws {
        for (index, value) in try state.built.initialStates(seed: model.seed).enumerated() {
            try state.store.set(state.built.declarations.count + index, to: value)
        }
    }

    /// Calls `body` with the state, made from the data's shape if need be, and kept only if `body` succeeds: a wrong
    /// first batch must not decide what the model's inputs are.
    private func withState<Result>(for inputs: TensorRows, _ body: (State) throws -> Result) throws -> Result {
        let sample: [Int?] = inputs.rank == 1 ? [1] : inputs.shape.dimensions.dropFirst().map { $0 }
        if let state {
            try check(inputs, sample, state)
            return try body(state)
        }
        let fresh = try makeState(BuiltModel(model, dataShape: sample))
        do {
            try check(inputs, sample, fresh)
            let result = try body(fresh)
            state = fresh
            return result
        } catch {
            // The executables refer to the store that is given up.
            cache.removeAll()
            throw error
        }
    }

    private func check(_ inputs: TensorRows, _ sample: [Int?], _ state: State) throws {
        guard inputs.rank > 0, state.built.inputShape.accepts(sample) else {
            throw ModelError(
                .shapeMismatch,
                "The model takes inputs of shape \(state.built.inputShape.batchDescription); \(inputs.shape) was given."
            )
        }
        if let fixed = model.layers.first?.settings.batchSize, fixed != inputs.length {
            throw ModelError(
                .shapeMismatch, "The model takes batches of \(fixed) samples; one of \(inputs.length) was given.")
        }
    }

    /// The shape that the graph sees: a vector of numbers stands for samples of one feature.
    private func inputShape(_ inputs: TensorRows) -> Shape {
        inputs.rank == 1 ? [inputs.length, 1] : inputs.shape
    }

    private func run(
        _ phase: ExecutableCache.Phase, _ inputs: TensorRows, _ targets: Tensor, _ sampleWeights: Tensor?,
        _ state: State, _ compilation: Compilation
    ) throws -> [Double] {
        let executable = try fedExecutable(phase, inputs, targets, sampleWeights, state, compilation)
        try executable.run()
        return (0...compilation.metrics.count + compilation.weightedMetrics.count).map { executable.scalar($0) }
    }

    /// The executable for a batch, with the batch in its place.
    private func fedExecutable(
        _ phase: ExecutableCache.Phase, _ inputs: TensorRows, _ targets: Tensor, _ sampleWeights: Tensor?,
        _ state: State, _ compilation: Compilation
    ) throws -> Executable {
        guard targets.rank > 0, targets.length == inputs.length else {
            throw ModelError(
                .shapeMismatch,
                "Inputs and targets should have the same number of samples; there are \(inputs.shape) and \(targets.shape)."
            )
        }
        let key = ExecutableCache.Key(
            phase: phase, inputs: inputs.shape, targets: targets.shape, weights: sampleWeights?.shape)
        let executable = try cache.executable(for: key) {
            let step = try StepGraph(
                state.built, compilation, isTraining: phase == .train, inputs: inputShape(inputs),
                targets: targets.shape, sampleWeights: sampleWeights?.shape)
            return try Executable(
                outputs: step.values, differentiating: phase == .train ? step.values[0] : nil, store: state.store,
                pool: pool)
        }
        try executable.feed(inputs, to: 0)
        try executable.feed(targets, to: 1)
        if let sampleWeights { try executable.feed(sampleWeights, to: 2) }
        return executable
    }
}
