import CLeatKernels
import LeatCore

extension LSTM: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (x, kernel, recurrent) = (step.inputs[0], step.inputs[1], step.inputs[2])
        var lstm = leat_lstm()
        (lstm.batch, lstm.steps) = (Int64(x.shape[0]), Int64(x.shape[1]))
        (lstm.features, lstm.units) = (Int64(x.shape[2]), Int64(recurrent.shape[0]))
        (lstm.backwards, lstm.sequences) = (recurrence.goesBackwards, recurrence.returnsSequences)
        lstm.activation = recurrence.activation.kernel
        lstm.recurrent_activation = recurrence.recurrentActivation.kernel
        (lstm.x, lstm.kernel, lstm.recurrent) = (.init(x.address), .init(kernel.address), .init(recurrent.address))
        if hasBias { lstm.bias = UnsafeRawPointer(step.inputs[3].address) }
        if hasInitialState {
            let first = hasBias ? 4 : 3
            lstm.initial_state = UnsafeRawPointer(step.inputs[first].address)
            lstm.initial_cell = UnsafeRawPointer(step.inputs[first + 1].address)
        }
        lstm.y = step.results[0].address
        lstm.final_state = step.optionalResult(1)
        lstm.final_cell = step.optionalResult(2)
        // A gradient reads all that is kept.
        lstm.inputs = step.optionalResult(3)
        lstm.gates = step.optionalResult(4)
        lstm.activated = step.optionalResult(5)
        lstm.states = step.optionalResult(6)
        lstm.cells = step.optionalResult(7)
        return leat_add_lstm(step.plan, &lstm)
    }
}

extension LSTMGradient: CPUOperation {
    func emit(_ step: CPUStep) -> Bool {
        let (kernel, recurrent, kept) = (step.inputs[0], step.inputs[1], Array(step.inputs[2..<7]))
        var gradient = leat_lstm_gradient()
        (gradient.batch, gradient.steps) = (Int64(kept[0].shape[1]), Int64(kept[0].shape[0]))
        (gradient.features, gradient.units) = (Int64(kept[0].shape[2]), Int64(recurrent.shape[0]))
        (gradient.backwards, gradient.sequences) = (recurrence.goesBackwards, recurrence.returnsSequences)
        gradient.activation = recurrence.activation.kernel
        gradient.recurrent_activation = recurrence.recurrentActivation.kernel
        (gradient.kernel, gradient.recurrent) = (.init(kernel.address), .init(recurrent.address))
        (gradient.inputs, gradient.gates) = (.init(kept[0].address), .init(kept[1].address))
        (gradient.activated, gradient.states) = (.init(kept[2].address), .init(kept[3].address))
        gradient.cells = UnsafeRawPointer(kept[4].address)
        var next = 7
        func arrived(_ position: Int) -> UnsafeRawPointer? {
            guard arriving[position] else { return nil }
            defer { next += 1 }
            return UnsafeRawPointer(step.inputs[next].address)
        }
        gradient.dy = arrived(0)
        gradient.dfinal_state = arrived(1)
        gradient.dfinal_cell = arrived(2)
        gradient.dgates = step.results[0].address
        gradient.dx = step.optionalResult(1)
        gradient.dkernel = step.optionalResult(2)
        gradient.drecurrent = step.optionalResult(3)
        gradient.dbias = step.optionalResult(4)
        gradient.dinitial_state = step.optionalResult(5)
        gradient.dinitial_cell = step.optionalResult(6)
        return leat_add_lstm_gradient(step.plan, &gradient)
    }
}
