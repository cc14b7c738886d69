public import LeatGraph

/// Stochastic gradient descent, with momentum and Nesterov's look-ahead if wanted.
///
/// v ← momentum · v − lr · g; p ← p + v, or with `nesterov` p ← p + momentum · v − lr · g.
public struct SGD: Optimizer {
    /// The learning rate before decay.
    public var learningRate: Double
    /// How the rate falls: lr / (1 + decay · step).
    public let decay: Double
    /// How much of the last change is kept.
    public let momentum: Double
    /// Whether the gradient acts as if the momentum's step were taken already.
    public let nesterov: Bool

    /// Gradient descent with Keras' defaults.
    public init(lr: Double = 0.01, decay: Double = 0, momentum: Double = 0, nesterov: Bool = false) {
        learningRate = lr
        self.decay = decay
        self.momentum = momentum
        self.nesterov = nesterov
    }

    /// The update of the type's formula.
    public var rule: UpdateRule { .sgd(momentum: momentum, nesterov: nesterov && momentum != 0) }

    /// The decayed learning rate.
    public func rate(atStep step: Int, learningRate: Double) -> Double {
        decayed(learningRate, by: decay, atStep: step)
    }

    /// Throws if a setting is out of its range.
    public func check() throws {
        try require(learningRate >= 0 && decay >= 0, "lr and decay must not be negative")
        try require((0...1).contains(momentum), "momentum must be from 0 to 1, not \(momentum)")
    }
}
