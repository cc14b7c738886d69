import LeatCore

/// What recurrent operations have in common: how they run through the steps of batch × steps × features.
public struct Recurrence: Sendable, Hashable {
    /// Applied to what enters the state.
    public var activation = ActivationKind.tanh
    /// Applied to the gates.
    public var recurrentActivation = ActivationKind.sigmoid
    /// Whether the result has all steps, batch × steps × units, and not only the last, batch × units.
    public var returnsSequences = false
    /// Whether the input is read from its last step to its first; the result has the steps in the order they are made.
    public var goesBackwards = false

    /// Keras' defaults.
    public init() {}
}

/// Long short-term memory; operands: x, kernel, recurrent kernel, the bias if there is one, and the initial state and
/// cell if there are such; results: y, the final state and cell, and what the gradient needs.
struct LSTM: Operation {
    let recurrence: Recurrence
    let hasBias: Bool
    let hasInitialState: Bool
    var optionalResults: Range<Int> { 1..<8 }

    func gradients(_ context: GradientContext) -> [Value?] {
        let nothing: [Value?] = context.inputs.map { _ in nil }
        guard context.gradients.prefix(3).contains(where: { $0 != nil }) else { return nothing }
        let (inputs, kept) = (context.inputs, Array(context.results[3...]))
        let arriving = context.gradients.prefix(3)
        let gradient = LSTMGradient(recurrence: recurrence, arriving: arriving.map { $0 != nil })
        let state = context.results[1].shape
        let (kernel, recurrent) = (inputs[1], inputs[2])
        let shapes = [
            kept[1].shape, inputs[0].shape, kernel.shape, recurrent.shape, [kernel.shape[1]], state, state,
        ]
        let results = inputs[0].graph.append(
            gradient, [kernel, recurrent] + kept + arriving.compactMap { $0 }, shapes.map { ($0, .real) })
        let wanted = Array(results[1...3]) + (hasBias ? [results[4]] : []) + (hasInitialState ? results[5...6] : [])
        return zip(wanted, context.needs).map { $1 ? $0 : nil }
    }
}

/// The gradients of long short-term memory.
///
/// Operands: kernel, recurrent kernel, what the operation kept (inputs, gates, activated cells, states, cells), and those
/// of the gradients of y, the final state and the final cell that are `arriving`. Results: the gradients of the gates'
/// sums, x, kernel, recurrent kernel, bias, initial state and initial cell.
struct LSTMGradient: Operation {
    let recurrence: Recurrence
    let arriving: [Bool]
    var optionalResults: Range<Int> { 1..<7 }
    var reusableOperand: Int? { 3 }
}
