import LeatCore
import LeatGraph

/// What recurrent layers have in common: how they run through the steps, and what they remember between batches.
struct RecurrentOptions {
    let activation: ActivationFunction
    let recurrentActivation: ActivationFunction
    let returnSequences: Bool
    let goBackwards: Bool
    let stateful: Bool

    /// The options as the graph takes them.
    var recurrence: Recurrence {
        var recurrence = Recurrence()
        recurrence.activation = activation.kind ?? .tanh
        recurrence.recurrentActivation = recurrentActivation.kind ?? .sigmoid
        recurrence.returnsSequences = returnSequences
        recurrence.goesBackwards = goBackwards
        return recurrence
    }

    /// The number of features of an input (steps, features).
    ///
    /// - Throws: `ModelError` if the input has another shape, or the options make no sense.
    func features(of input: [Int?], units: Int, layer: some Layer) throws -> Int {
        guard units > 0, units <= 1 << 28 else {
            throw layer.error(.invalidArgument, "units must be from 1 to \(1 << 28), not \(units).")
        }
        for function in [activation, recurrentActivation] {
            try function.check()
            guard function.kind != nil else {
                throw layer.error(
                    .invalidArgument,
                    "the activations of a recurrent layer are linear, relu, sigmoid and tanh, not \(function.name).")
            }
        }
        guard input.count == 2, let features = input[1] else {
            throw layer.error(
                .shapeMismatch,
                "expects an input of shape (None, steps, features) with known features, found \(input.batchDescription)."
            )
        }
        return features
    }

    /// The shape of the output: of the last step, or of all.
    func outputShape(for input: [Int?], units: Int, layer: some Layer) throws -> [Int?] {
        _ = try features(of: input, units: units, layer: layer)
        return returnSequences ? [input[0], units] : [units]
    }

    /// The states, a row for each sample of a batch; none unless stateful.
    func states(_ names: [String], units: Int, batchSize: Int?, layer: some Layer) throws -> [ParameterDeclaration] {
        guard stateful else { return [] }
        guard let batchSize else {
            throw layer.error(
                .invalidArgument,
                "a stateful layer needs to know its batch size: give the model's first layer a batchInputShape or a "
                    + "batchSize.")
        }
        return names.map { ParameterDeclaration($0, shape: [batchSize, units], initializer: .zeros) }
    }
}
