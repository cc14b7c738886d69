/// A kind of node.
///
/// It knows its gradient; how it runs is a backend's business (`CPUOperation`).
protocol Operation: Sendable {
    /// The gradients of the operands; nil where there is none. `GradientContext.needs` tells which are wanted.
    func gradients(_ context: GradientContext) -> [Value?]

    /// The operand whose memory the first result may take over if nobody reads it afterwards.
    var reusableOperand: Int? { get }

    /// The results that are not made, and take no memory, if nobody reads them.
    var optionalResults: Range<Int> { get }
}

extension Operation {
    var reusableOperand: Int? { nil }
    var optionalResults: Range<Int> { 0..<0 }
    func gradients(_ context: GradientContext) -> [Value?] { context.inputs.map { _ in nil } }
}

/// What a gradient rule sees of its node.
struct GradientContext {
    /// The operands.
    let inputs: [Value]
    /// The results.
    let results: [Value]
    /// The gradient of the loss for each result; nil where the loss doesn't depend on it.
    let gradients: [Value?]
    /// For each operand, whether its gradient is wanted.
    let needs: [Bool]
}
