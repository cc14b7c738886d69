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
///
/// Large gradients that are products of matrices are made here, in parts that the rule reads from cache.
public final class Updater {
    private let store: ParameterStore
    private let state: UpdateState
    /// For gradients that all stand in the store.
    private let plan: UpdatePlan

    /// An updater whose state starts at zero.
    ///
    /// To be made before the store's executables: where one is there already, tables are visited whole in every step, and
    /// gradients are written whole.
    ///
    /// - Throws: `GraphError` if there is not enough memory, or the store has an updater already.
    public init(_ rule: UpdateRule, store: ParameterStore, pool: KernelPool) throws {
        guard !store.hasUpdater else {
            throw GraphError(.invalidArgument, "The store has an updater already.")
        }
        self.store = store
        state = try UpdateState(rule, store: store)
        var tables: [Int: Table] = [:]
        if !store.isCompiled {
            for (index, specification) in store.specifications.enumerated()
            where specification.isTrainable && specification.isTable {
                tables[index] = try Table(index, of: store, state: state, pool: pool)
            }
        }
        plan = try UpdatePlan(store, state, tables: tables, threads: pool.threadCount)
        store.tables = tables
        store.updateState = store.isCompiled ? nil : state
        store.hasUpdater = true
    }

    /// Changes the parameters by the gradients of the last run, whose loss should reach all of them.
    ///
    /// - Throws: `GraphError` if those were used by an update already, and another batch was fed since.
    public func run(rate value: Double, pool: KernelPool) throws {
        state.rate.base.storeBytes(of: value, as: Double.self)
        try (store.leftOver ?? plan).run(pool: pool)
    }

    /// The same, and adds the seconds that it took to a profile.
    ///
    /// - Throws: `GraphError` as without a profile.
    public func run(rate value: Double, pool: KernelPool, into profile: inout Profile) throws {
        let clock = ContinuousClock()
        let time = try clock.measure { try run(rate: value, pool: pool) }
        profile.add("Optimizer", seconds: time / .seconds(1))
    }
}

/// An optimizer's rule, its numbers for each trainable parameter, at the parameters' distances, and the step's rate.
final class UpdateState {
    let rule: leat_rule
    let slots: [Memory]
    let rate: Memory

    /// - Throws: `GraphError` if there is not enough memory.
    init(_ rule: UpdateRule, store: ParameterStore) throws {
        self.rule = rule.kernelRule
        rate = try Memory(byteCount: 8)
        slots = try (0..<rule.slotCount).map { _ in try Memory(byteCount: store.trainableByteCount) }
    }

    /// Where kernels read the rate.
    var rateAddress: UnsafePointer<Double> { UnsafePointer(rate.base.assumingMemoryBound(to: Double.self)) }

    /// The addresses of the three slots of a rule, those that it has not being nil, from a byte on.
    func addresses(at offset: Int) -> [UnsafeMutableRawPointer?] {
        slots.map { $0.base + offset } + Array(repeating: nil, count: 3 - slots.count)
    }
}
