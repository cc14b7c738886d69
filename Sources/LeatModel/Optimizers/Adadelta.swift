public import LeatGraph

/// Adadelta (Zeiler, 2012), as in Keras 3: moving averages a of g² and d of the squared changes c.
///
/// a ← rho · a + (1 − rho) · g²; c = √(d + epsilon) · g / √(a + epsilon); d ← rho · d + (1 − rho) · c²; p ← p − lr · c.
/// The paper has no learning rate, which is `lr: 1` here.
public struct Adadelta: Optimizer {
    /// The learning rate before decay.
    public var learningRate: Double
    /// How much of the moving averages is kept.
    public let rho: Double
    /// Keeps the roots off 0.
    public let epsilon: Double
    /// How the rate falls: lr / (1 + decay · step).
    public let decay: Double

    /// Adadelta with Keras' defaults.
    public init(lr: Double = 0.001, rho: Double = 0.95, epsilon: Double = 1e-7, decay: Double = 0) {
        learningRate = lr
        self.rho = rho
        self.epsilon = epsilon
        self.decay = decay
    }

    /// The update of the type's formula.
    public var rule: UpdateRule { .adadelta(rho: rho, epsilon: epsilon) }

    /// The decayed learning rate.
    public func rate(atStep step: Int, learningRate: Double) -> Double {
        decayed(learningRate, by: decay, atStep: step)
    }

    /// Throws if a setting is out of its range.
    public func check() throws {
        try require(learningRate >= 0 && decay >= 0, "lr and decay must not be negative")
        try require((0..<1).contains(rho), "rho must be from 0 to below 1, not \(rho)")
        try require(epsilon > 0, "epsilon must be positive, not \(epsilon)")
    }
}
