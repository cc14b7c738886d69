public import LeatGraph

/// How training changes the parameters: an update rule and the learning rate of each step.
public protocol Optimizer: OptimizerConvertible {
    /// The learning rate before decay; callbacks may change it while training.
    var learningRate: Double { get set }
    /// How a parameter changes by its gradient.
    var rule: UpdateRule { get }

    /// The rate that the rule is given at a step, counted from 0.
    func rate(atStep step: Int, learningRate: Double) -> Double

    /// Throws `ModelError` if a setting makes no sense.
    func check() throws
}

extension Optimizer {
    /// Itself.
    public func makeOptimizer() throws -> any Optimizer {
        try check()
        return self
    }

    /// The learning rate after `step` steps of Keras' time-based decay: lr / (1 + decay · step).
    func decayed(_ learningRate: Double, by decay: Double, atStep step: Int) -> Double {
        decay == 0 ? learningRate : learningRate / (1 + decay * Double(step))
    }

    /// Throws if a setting is out of its range.
    func require(_ condition: Bool, _ what: String) throws {
        if !condition { throw ModelError(.invalidArgument, "\(Self.self): \(what).") }
    }
}

/// An optimizer, or Keras' name of one.
public protocol OptimizerConvertible: Sendable {
    /// The optimizer.
    ///
    /// - Throws: `ModelError` if the name is unknown or a setting makes no sense.
    func makeOptimizer() throws -> any Optimizer
}

extension String: OptimizerConvertible {
    /// The optimizer of this name with its defaults: `sgd`, `rmsprop`, `adam` or `adadelta`, in any case.
    public func makeOptimizer() throws -> any Optimizer {
        let known: [String: any Optimizer] = [
            "sgd": SGD(), "rmsprop": RMSprop(), "adam": Adam(), "adadelta": Adadelta(),
        ]
        guard let optimizer = known[lowercased()] else {
            throw ModelError.unknown("optimizer", self, known: known.keys)
        }
        return optimizer
    }
}
