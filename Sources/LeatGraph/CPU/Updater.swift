import CLeatKernels
import LeatCore

/// How an optimizer changes a parameter p by its gradient g and its own state; `rate` is the step's learning rate.
public enum UpdateRule: Sendable, Hashable {
    /// v ← momentum · v − rate · g; p ← p + v, or with Nesterov's look-ahead p ← p + momentum · v − rate · g.
    case sgd(momentum: Double, nesterov: Bool)
    /// a ← rho · a + (1 − rho) · g²; p ← p − rate · g / √(a + epsilon).
    case rmsprop(rho: Double, epsilon: Double)
    /// Moving averages m of g and v of g²; p ← p − rate · m / (√v + epsilon), `rate` corrected for bias already; with
    /// AMSGrad the largest v so far stands for v.
    case adam(beta1: Double, beta2: Double, epsilon: Double, amsgrad: Bool)
    /// a ← rho · a + (1 − rho) · g²; c = √(d + epsilon) · g / √(a + epsilon); d ← rho · d + (1 − rho) · c²;
    /// p ← p − rate · c.
    case adadelta(rho: Double, epsilon: Double)

    /// The number of state values kept for each parameter.
    public var slotCount: Int {
        switch self {
        case .sgd(let momentum, _): momentum == 0 ? 0 : 1
        case .rmsprop: 1
        case .adam(_, _, _, let amsgrad): amsgrad ? 3 : 2
        case .adadelta: 2
        }
    }
}

/// Applies an update rule to all trainable parameters of a store in one pass.
public final class Updater {
    private let store: ParameterStore
    private let slots: [Memory]
    private let rate: Memory
    private let plan: OpaquePointer

    /// An updater whose state starts at zero.
    ///
    /// - Throws: `GraphError` if there is not enough memory.
    public init(_ rule: UpdateRule, store: ParameterStore, pool: KernelPool) throws {
        self.store = store
        rate = try Memory(byteCount: 8)
        slots = try (0..<rule.slotCount).map { _ in try Memory(byteCount: store.trainableByteCount) }
        guard let plan = leat_plan_create(store.precision.kernelType, Int32(pool.threadCount)) else {
            throw GraphError(.outOfMemory, "There is no memory for an optimizer's plan.")
        }
        self.plan = plan
        let count = Int64(store.trainableByteCount / store.precision.dtype.byteCount)
        let (p, g) = (store.trainableBase, store.gradientBase)
        let state = slots.map(\.base)
        let rate = UnsafePointer(self.rate.base.assumingMemoryBound(to: Double.self))
        let added =
            switch rule {
            case .sgd(let momentum, let nesterov):
                leat_add_sgd(plan, count, momentum, nesterov, rate, g, state.first, p)
            case .rmsprop(let rho, let epsilon): leat_add_rmsprop(plan, count, rho, epsilon, rate, g, state[0], p)
            case .adam(let beta1, let beta2, let epsilon, let amsgrad):
                leat_add_adam(
                    plan, count, beta1, beta2, epsilon, rate, g, state[0], state[1], amsgrad ? state[2] : nil, p)
            case .adadelta(let rho, let epsilon):
                leat_add_adadelta(plan, count, rho, epsilon, rate, g, state[0], state[1], p)
            }
        guard added else { throw GraphError(.outOfMemory, "There is no memory for an optimizer's step.") }
    }

    deinit { leat_plan_destroy(plan) }

    /// Changes the parameters by the gradients that the last run left in the store.
    public func run(rate value: Double, pool: KernelPool) {
        rate.base.storeBytes(of: value, as: Double.self)
        // Optimizers' kernels have no way to fail.
        _ = leat_plan_run(plan, pool.handle)
    }

    /// The same, and adds the seconds that it took to a profile.
    public func run(rate value: Double, pool: KernelPool, into profile: inout Profile) {
        let clock = ContinuousClock()
        let time = clock.measure { run(rate: value, pool: pool) }
        profile.add("Optimizer", seconds: time / .seconds(1))
    }
}
