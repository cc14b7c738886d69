import LeatCore
import LeatGraph

/// The graph of a training or evaluation step: model, loss and metrics, for given shapes.
struct StepGraph {
    /// The loss, then the metrics, all scalars.
    let values: [Value]

    /// - Throws: `ModelError` if targets or weights don't fit the model's output.
    init(
        _ built: BuiltModel, _ compilation: Compilation, isTraining: Bool, inputs: Shape, targets: Shape,
        sampleWeights: Shape?, precision: Precision = .float32
    ) throws {
        let graph = Graph(precision: precision)
        let output = built.call(built.input(graph, shape: inputs), isTraining: isTraining)
        let shape = try Self.targetShape(targets, output: output.shape, loss: compilation.loss)
        let yTrue = graph.input(1, shape: shape)
        let scores = compilation.loss(yTrue, output)
        let given = sampleWeights.map { graph.input(2, shape: $0) }
        let loss = K.mean(try given.map { scores * (try Self.weights($0, for: scores)) } ?? scores)
        let plain = compilation.metrics.map { K.mean($0(yTrue, output)) }
        let weighted = try compilation.weightedMetrics.map { metric in
            let values = metric(yTrue, output)
            guard let given else { return K.mean(values) }
            let weights = try Self.weights(given, for: values)
            let total = K.sum(weights.broadcast(to: values.shape))
            // Where all weights are 0 the metric is 0, as in Keras.
            return K.sum(values * weights) / (total + K.equal(total, total.graph.constant(0)))
        }
        values = [loss] + plain + weighted
    }

    /// The shape that targets have in the graph.
    private static func targetShape(_ targets: Shape, output: Shape, loss: Loss) throws -> Shape {
        let expected: [Shape] =
            switch loss.targets {
            case .free: [targets]
            case .likeOutput: output[-1] == 1 ? [output, Shape(Array(output.dimensions.dropLast()))] : [output]
            case .labels: [Shape(output.dimensions.dropLast() + [1]), Shape(Array(output.dimensions.dropLast()))]
            }
        guard expected.contains(targets) else {
            let hint =
                loss.targets == .likeOutput && targets.count * output[-1] == output.count
                ? " For whole numbers as targets there is sparse_categorical_crossentropy." : ""
            throw ModelError(
                .shapeMismatch,
                "\(loss.name) takes targets of shape \(expected[0]) for this model's output; \(targets) was given.\(hint)"
            )
        }
        return loss.targets == .likeOutput ? output : targets
    }

    /// Sample weights as they multiply scores: a weight for a sample counts for all its scores.
    private static func weights(_ weights: Value, for scores: Value) throws -> Value {
        let target = scores.shape.dimensions
        var shape = weights.shape.dimensions
        while shape.count > target.count, shape.last == 1 { shape.removeLast() }
        guard shape.count <= target.count, Array(target.prefix(shape.count)) == shape else {
            throw ModelError(
                .shapeMismatch, "Sample weights of shape \(weights.shape) don't fit scores of shape \(scores.shape).")
        }
        return weights.reshaped(to: Shape(shape + Array(repeating: 1, count: target.count - shape.count)))
    }
}
