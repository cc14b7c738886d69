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
        var rule = kernelRule
        return Int(leat_rule_slots(&rule))
    }

    var kernelRule: leat_rule {
        switch self {
        case .sgd(let momentum, let nesterov):
            leat_rule(optimizer: LEAT_SGD, decay: momentum, second_decay: 0, epsilon: 0, variant: nesterov)
        case .rmsprop(let rho, let epsilon):
            leat_rule(optimizer: LEAT_RMSPROP, decay: rho, second_decay: 0, epsilon: epsilon, variant: false)
        case .adam(let beta1, let beta2, let epsilon, let amsgrad):
            leat_rule(optimizer: LEAT_ADAM, decay: beta1, second_decay: beta2, epsilon: epsilon, variant: amsgrad)
        case .adadelta(let rho, let epsilon):
            leat_rule(optimizer: LEAT_ADADELTA, decay: rho, second_decay: 0, epsilon: epsilon, variant: false)
        }
    }
}

/// Applies an update rule to all trainable parameters of a store in one pass; of tables, to the rows that were named.
public final class Updater {
    private let store: ParameterStore
    private let slots: [Memory]
    private let rate: Memory
    private let plan: OpaquePointer

    /// An updater whose state starts at zero.
    ///
    /// To be made before the store's executables: where one is there already, tables are visited whole in every step.
    ///
    /// - Throws: `GraphError` if there is not enough memory, or the store has tables and an updater already.
    public init(_ rule: UpdateRule, store: ParameterStore, pool: KernelPool) throws {
        guard store.tables.isEmpty else {
            throw GraphError(
                .invalidArgument, "The store has an updater already, which knows what its tables have missed.")
        }
        self.store = store
        rate = try Memory(byteCount: 8)
        slots = try (0..<rule.slotCount).map { _ in try Memory(byteCount: store.trainableByteCount) }
        guard let plan = leat_plan_create(store.precision.kernelType, Int32(pool.threadCount)) else {
            throw GraphError(.outOfMemory, "There is no memory for an optimizer's plan.")
        }
        self.plan = plan
        let rate = UnsafePointer(self.rate.base.assumingMemoryBound(to: Double.self))
        var kernelRule = rule.kernelRule
        var state: [UnsafeMutableRawPointer?] = slots.map(\.base)
        state += Array(repeating: nil, count: 3 - state.count)
        let byRows = !store.isCompiled
        let byteCount = byRows ? store.denseByteCount : store.trainableByteCount
        let count = Int64(byteCount / store.precision.dtype.byteCount)
        var added = leat_add_update(plan, &kernelRule, count, rate, store.gradientBase, state, store.trainableBase)
        for (index, specification) in store.specifications.enumerated()
        where byRows && specification.isTrainable && specification.isTable {
            let table = try Table(index, of: store, rule: kernelRule, slots: slots, rate: self.rate, pool: pool)
            store.tables[index] = table
            added = added && leat_add_table_update(plan, table.handle)
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
