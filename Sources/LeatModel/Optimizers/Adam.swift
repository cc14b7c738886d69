public import LeatGraph

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#endif

/// Adam (Kingma and Ba, 2014), with moving averages m of g and v of g².
///
/// p ← p − lr · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + epsilon). With `amsgrad` the largest v so far stands for v.
public struct Adam: Optimizer {
    /// The learning rate before decay.
    public var learningRate: Double
    /// How much of the moving average of g is kept.
    public let beta1: Double
    /// How much of the moving average of g² is kept.
    public let beta2: Double
    /// Keeps the quotient finite.
    public let epsilon: Double
    /// How the rate falls: lr / (1 + decay · step).
    public let decay: Double
    /// Whether to use the variant of Reddi, Kale and Kumar (2018).
    public let amsgrad: Bool

    /// Adam with Keras' defaults.
    public init(
        lr: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7, decay: Double = 0,
        amsgrad: Bool = false
    ) {
        learningRate = lr
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.decay = decay
        self.amsgrad = amsgrad
    }

    /// The update of the type's formula.
    public var rule: UpdateRule { .adam(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad) }

    /// The decayed learning rate, corrected for the averages' start at 0.
    public func rate(atStep step: Int, learningRate: Double) -> Double {
        let count = Double(step + 1)
        return decayed(learningRate, by: decay, atStep: step) * (1 - pow(beta2, count)).squareRoot()
            / (1 - pow(beta1, count))
    }

    /// Throws if a setting is out of its range.
    public func check() throws {
        try require(learningRate >= 0 && decay >= 0, "lr and decay must not be negative")
        try require((0..<1).contains(beta1) && (0..<1).contains(beta2), "beta1 and beta2 must be from 0 to below 1")
        try require(epsilon > 0, "epsilon must be positive, not \(epsilon)")
    }
}
