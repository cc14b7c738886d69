import LeatCore

/// A function of one number, applied to each element.
enum Unary: Operation {
    case negate, exp, log, sqrt, square, abs, sign, reciprocal, roundEven

    var reusableOperand: Int? { 0 }

    func gradients(_ context: GradientContext) -> [Value?] {
        let (x, y) = (context.inputs[0], context.results[0])
        guard let dy = context.gradients[0] else { return [nil] }
        return switch self {
        case .negate: [-dy]
        case .exp: [dy * y]
        case .log: [dy / x]
        case .sqrt: [dy * 0.5 / y]
        case .square: [dy * 2 * x]
        case .abs: [dy * x.unary(.sign)]
        case .reciprocal: [-(dy * y.unary(.square))]
        case .sign, .roundEven: [nil]
        }
    }
}

/// A function of two numbers, applied elementwise with NumPy's broadcasting; comparisons give 1 or 0.
enum Binary: Operation {
    case add, subtract, multiply, divide, maximum, minimum, equal, greater, greaterEqual

    func gradients(_ context: GradientContext) -> [Value?] {
        let (a, b) = (context.inputs[0], context.inputs[1])
        guard let dy = context.gradients[0] else { return [nil, nil] }
        let (da, db): (() -> Value, () -> Value)
        switch self {
        case .add: (da, db) = ({ dy }, { dy })
        case .subtract: (da, db) = ({ dy }, { -dy })
        case .multiply: (da, db) = ({ dy * b }, { dy * a })
        case .divide: (da, db) = ({ dy / b }, { -(dy * a / b.unary(.square)) })
        case .maximum: (da, db) = ({ dy * a.binary(.greaterEqual, b) }, { dy * b.binary(.greater, a) })
        case .minimum: (da, db) = ({ dy * b.binary(.greaterEqual, a) }, { dy * a.binary(.greater, b) })
        case .equal, .greater, .greaterEqual: return [nil, nil]
        }
        return [
            context.needs[0] ? da().summed(to: a.shape) : nil, context.needs[1] ? db().summed(to: b.shape) : nil,
        ]
    }
}

/// The nonlinearities that other kernels can apply while they write their result.
public enum ActivationKind: Sendable, Hashable {
    /// The identity.
    case linear
    /// max(x, 0).
    case relu
    /// 1 / (1 + e^−x).
    case sigmoid
    /// The hyperbolic tangent.
    case tanh
}

/// An activation as a step of its own.
struct Activate: Operation {
    let kind: ActivationKind
    var reusableOperand: Int? { 0 }

    func gradients(_ context: GradientContext) -> [Value?] {
        [context.gradients[0].map { context.results[0].activationGradient(kind, $0) }]
    }
}

/// dy · act'(x), told from y = act(x); operands: y, dy, and with a mask that.
struct ActivationGradient: Operation {
    let kind: ActivationKind
    /// If set, y is act(x) masked and scaled by this, and the gradient that of both.
    var maskScale: Double?
    var reusableOperand: Int? { 1 }
}
