import LeatCore

/// A matrix product with what follows it: operands a, b, and then the bias row, the mask, and the output whose
/// activation's gradient multiplies the product, where there are such.
struct Product: Operation {
    var transposeA = false
    var transposeB = false
    /// Whether operand 2 is a row that is added to each row of the product.
    var hasBias = false
    /// Applied to the product and bias.
    var activation = ActivationKind.linear
    /// If set, an operand is a mask: what it keeps is scaled by this, the rest is 0.
    var maskScale: Double?
    /// If set, the last operand is y = act(x) and the product is multiplied by act'(x).
    var gradientActivation: ActivationKind?

    func gradients(_ context: GradientContext) -> [Value?] {
        guard let arriving = context.gradients[0] else { return context.inputs.map { _ in nil } }
        precondition(gradientActivation == nil, "Second derivatives are not taken.")
        let (a, b) = (context.inputs[0], context.inputs[1])
        let mask = maskIndex.map { context.inputs[$0] }
        let dy = context.results[0].activationGradient(activation, arriving, mask: mask, scale: maskScale)
        let da =
            transposeA
            ? b.product(dy, transposeA: transposeB, transposeB: true)
            : dy.product(b, transposeB: !transposeB)
        let db =
            transposeB
            ? dy.product(a, transposeA: true, transposeB: transposeA)
            : a.product(dy, transposeA: !transposeA)
        return [context.needs[0] ? da : nil, context.needs[1] ? db : nil]
            + (hasBias ? [dy.reduced(.sum, axes: [0])] : []) + (mask == nil ? [] : [nil])
    }

    /// Whether nothing but a bias follows the product.
    var isPlain: Bool { activation == .linear && gradientActivation == nil && maskScale == nil }

    /// How many products each sum has.
    func depth(_ inputs: [Value]) -> Int { inputs[0].shape[transposeA ? 0 : 1] }

    /// The position of the mask among the operands.
    var maskIndex: Int? { maskScale.map { _ in hasBias ? 3 : 2 } }
}
