import LeatCore

extension Value {
    /// Long short-term memory over batch × steps × features (Hochreiter and Schmidhuber, 1997).
    ///
    /// [i f g o] = x · kernel + h · recurrentKernel + bias, the recurrent activation applied to i, f and o, the
    /// activation to g; then c = f · c + i · g and h = o · activation(c).
    ///
    /// - Parameters:
    ///   - kernel: features × 4 · units, the gates one after the other.
    ///   - recurrentKernel: units × 4 · units.
    ///   - bias: 4 · units, or nil.
    ///   - initial: The first h and c, batch × units; zeros if nil.
    ///   - recurrence: How the steps are run through, and the activations.
    /// - Returns: The output, and the final h and c.
    public func lstm(
        kernel: Value, recurrentKernel: Value, bias: Value? = nil, initial: (state: Value, cell: Value)? = nil,
        _ recurrence: Recurrence = Recurrence()
    ) -> (output: Value, state: Value, cell: Value) {
        let units = recurrentKernel.shape.rank > 0 ? recurrentKernel.shape[0] : 0
        guard shape.rank == 3, shape[1] > 0, kernel.shape == [shape[2], 4 * units],
            recurrentKernel.shape == [units, 4 * units], bias.map({ $0.shape == [4 * units] }) ?? true,
            initial.map({ $0.state.shape == [shape[0], units] && $0.cell.shape == [shape[0], units] }) ?? true
        else {
            let failed = graph.fail(
                .shapeMismatch,
                "An LSTM can't have an input of shape \(shape), a kernel of shape \(kernel.shape) and a recurrent kernel "
                    + "of shape \(recurrentKernel.shape).", shape: [shape.rank > 0 ? shape[0] : 1, units])
            return (failed, failed, failed)
        }
        let (batch, steps) = (shape[0], shape[1])
        let state: Shape = [batch, units]
        let output: Shape = recurrence.returnsSequences ? [batch, steps, units] : state
        let kept: [Shape] = [
            [steps, batch, shape[2]], [steps, batch, 4 * units], [steps, batch, units], [steps + 1, batch, units],
            [steps + 1, batch, units],
        ]
        let results = graph.append(
            LSTM(recurrence: recurrence, hasBias: bias != nil, hasInitialState: initial != nil),
            [self, kernel, recurrentKernel] + (bias.map { [$0] } ?? [])
                + (initial.map { [$0.state, $0.cell] } ?? []),
            ([output, state, state] + kept).map { ($0, .real) })
        return (results[0], results[1], results[2])
    }

    /// The rows of a table that these whole numbers name: a new last axis of the table's width.
    ///
    /// Running throws `GraphError` for a number that names no row.
    public func embedded(in table: Value) -> Value {
        guard table.shape.rank == 2 else {
            return graph.fail(
                .shapeMismatch, "A table of rows has two axes; this one has the shape \(table.shape).", shape: shape)
        }
        let indices = element == .index ? self : graph.append(Indices(), [self], [(shape, .index)])[0]
        return graph.append(Embedding(), [indices, table], Shape(shape.dimensions + [table.shape[1]]))
    }
}
