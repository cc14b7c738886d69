public import LeatCore
import LeatGraph

/// What one step of a model takes at the least, counted from its shapes.
public struct StepCost: Sendable, Hashable {
    /// Multiplications and additions of products, convolutions and recurrent layers; the gradients that training needs
    /// are counted one by one.
    public let operations: Double
    /// Bytes that must be read or written: weights and optimizer state, both ways in training, and the batch.
    public let bytes: Double

    /// The cost of a training step on a batch of these shapes.
    ///
    /// - Throws: `ModelError` or `GraphError` if model, loss and shapes don't fit.
    public static func training(
        _ model: Sequential, _ compilation: Compilation, inputs: Shape, targets: Shape
    ) throws -> StepCost {
        let slots = Double(compilation.optimizer.rule.slotCount)
        return try Self(model, inputs: inputs, targets: targets) { built, input in
            let values = try StepGraph(
                built, compilation, isTraining: true, inputs: input, targets: targets, sampleWeights: nil
            ).values
            return (values, values[0], 2 + 2 * slots)
        }
    }

    /// The cost of an evaluation step on a batch of these shapes.
    ///
    /// - Throws: `ModelError` or `GraphError` if model, loss and shapes don't fit.
    public static func evaluation(
        _ model: Sequential, _ compilation: Compilation, inputs: Shape, targets: Shape
    ) throws -> StepCost {
        try Self(model, inputs: inputs, targets: targets) { built, input in
            let step = try StepGraph(
                built, compilation, isTraining: false, inputs: input, targets: targets, sampleWeights: nil)
            return (step.values, nil, 1)
        }
    }

    /// The cost of predicting a batch of this shape.
    ///
    /// - Throws: `ModelError` or `GraphError` if the model doesn't fit together.
    public static func prediction(_ model: Sequential, inputs: Shape) throws -> StepCost {
        try Self(model, inputs: inputs, targets: nil) { built, input in
            ([built.call(built.input(Graph(), shape: input), isTraining: false)], nil, 1)
        }
    }

    /// `build` gives what is computed, the loss to differentiate, and how often each trained parameter is moved.
    private init(
        _ model: Sequential, inputs: Shape, targets: Shape?,
        build: (BuiltModel, Shape) throws -> (outputs: [Value], loss: Value?, moves: Double)
    ) throws {
        let built = try BuiltModel(model, dataShape: inputs.dimensions.dropFirst().map { $0 })
        let (outputs, loss, moves) = try build(built, inputs)
        operations = try Graph.floatingPointOperations(
            outputs: outputs, differentiating: loss, parameters: built.specifications)
        let parameters = built.entries.reduce(0) { sum, entry in
            let count = entry.parameters.reduce(0) { $0 + built.declarations[$1].shape.count }
            // Of a table only the rows are read that the batch names; optimizers change them all.
            let rows = inputs.count * (entry.outputShape.last.flatMap { $0 } ?? 1)
            let read = entry.layer.takesIndices && moves == 1 ? min(count, rows) : count
            return sum + Double(read) * (entry.layer.settings.trainable ? moves : 1)
        }
        bytes = 4 * (parameters + Double(inputs.count) + Double(targets?.count ?? 0))
    }
}
