import LeatCore

extension LSTM: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double {
        let (x, kernel, recurrent) = (inputs[0], inputs[1], inputs[2])
        let rows = Double(x[0])
        // A state of zeros multiplies nothing.
        let recurrentSteps = Double(hasInitialState ? x[1] : x[1] - 1)
        return 2 * rows * (Double(x[1]) * Double(kernel.count) + recurrentSteps * Double(recurrent.count))
    }
}

extension LSTMGradient: CountedOperation {
    func floatingPointOperations(inputs: [Shape], results: [Shape?]) -> Double {
        let (kernel, recurrent, x) = (inputs[0], inputs[1], inputs[2])
        let (steps, rows) = (Double(x[0]), Double(x[1]))
        func wanted(_ result: Int) -> Double { results[result] == nil ? 0 : 1 }
        // The gates' gradients go back to the state before, but for the first step; then those of x and the weights.
        let intoStates = (steps - 1 + wanted(5)) * Double(recurrent.count)
        let intoInputs = steps * Double(kernel.count) * (wanted(1) + wanted(2))
        return 2 * rows * (intoStates + intoInputs + (steps - 1) * Double(recurrent.count) * wanted(3))
    }
}
