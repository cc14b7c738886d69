import CLeatKernels
import LeatCore

/// A table of parameters of which a step names few rows, and the optimizer's state for it: rows are updated when they
/// are needed, with the numbers of an optimizer that visits all of them in every step.
final class Table {
    let handle: OpaquePointer
    private let settling: OpaquePointer
    /// What the table's steps refer to.
    private let state: UpdateState
    private let pool: KernelPool

    /// The table of a trainable parameter of rank 2, whose state among that of all parameters is still zero.
    ///
    /// - Throws: `GraphError` if there is not enough memory.
    init(_ index: Int, of store: ParameterStore, state: UpdateState, pool: KernelPool) throws {
        let shape = store.specifications[index].shape
        var rule = state.rule
        guard
            let handle = leat_table_create(
                store.precision.kernelType, Int64(shape[0]), Int64(shape[1]), &rule, state.rateAddress,
                store.gradientAddress(of: index), state.addresses(at: store.offset(of: index)), store.address(of: index)
            )
        else {
            throw GraphError(.outOfMemory, "There is no memory for the rows of \(store.specifications[index].name).")
        }
        let plan = leat_plan_create(store.precision.kernelType, Int32(pool.threadCount))
        guard let settling = plan, leat_add_table_settle(settling, handle) else {
            leat_plan_destroy(plan)
            leat_table_destroy(handle)
            throw GraphError(.outOfMemory, "There is no memory for a table's plan.")
        }
        self.handle = handle
        self.settling = settling
        self.state = state
        self.pool = pool
    }

    deinit {
        leat_plan_destroy(settling)
        leat_table_destroy(handle)
    }

    /// Whether rows may have missed updates.
    var isBehind: Bool { leat_table_is_behind(handle) }

    /// Brings all rows up to date.
    func settle() {
        // Optimizers' kernels have no way to fail.
        if isBehind { _ = leat_plan_run(settling, pool.handle) }
    }
}
