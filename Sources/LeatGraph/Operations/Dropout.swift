/// Which elements a dropout keeps, a bit each; a pure function of (seed, step, stream, element).
struct DropoutMask: Operation {
    let rate: Double
    let stream: UInt32
}

/// The elements that a mask keeps, scaled, and 0 elsewhere; operands: x, mask.
struct Masked: Operation {
    let scale: Double
    var reusableOperand: Int? { 0 }

    func gradients(_ context: GradientContext) -> [Value?] {
        [context.gradients[0].map { $0.masked(by: context.inputs[1], scale: scale) }, nil]
    }
}
