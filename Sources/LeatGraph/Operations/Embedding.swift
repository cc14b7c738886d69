import LeatCore

/// Whole numbers as indices; the kernel checks that they are such.
struct Indices: Operation {}

/// The rows of a table that indices name; operands: indices, table.
struct Embedding: Operation {
    func gradients(_ context: GradientContext) -> [Value?] {
        let (indices, table) = (context.inputs[0], context.inputs[1])
        return [nil, context.gradients[0].map { table.graph.append(EmbeddingGradient(), [indices, $0], table.shape) }]
    }
}

/// The sum of the gradients of each row's places; operands: indices, dy.
struct EmbeddingGradient: Operation {}
